// Sockets of the tests' own: free ports, listeners to hand over, and a client that sends any bytes.

import Foundation

/// A TCP port of loopback that nobody listened on a moment ago.
///
/// Below the range that the kernel gives to outgoing connections (/proc/sys/net/ipv4/ip_local_port_range): one of those could take the port
/// between this look and its use.
func freePort() throws -> Int {
  for _ in 0..<1000 {
    if let listener = try? Listener(port: Int.random(in: 10_000..<32_000)) { return listener.port }
  }
  return try Listener().port
}

/// A bound and listening TCP socket on loopback.
final class Listener: Sendable {
  let descriptor: Int32
  let port: Int

  init(port wanted: Int = 0) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(port: wanted)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) != 0 || listen(descriptor, 128) != 0 || getsockname(descriptor, $0, &length) != 0
      }
    }
    guard !failed else { throw HarnessError("listen: \(String(cString: strerror(errno)))") }
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  /// Connections that nobody has accepted: tcpi_unacked of a listener (tcp(7)).
  var waitingConnections: Int {
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
    return Int(info.tcpi_unacked)
  }
}

/// A connection over which a test sends what it likes.
final class RawClient: Sendable {
  let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(port: port)
    let connected = withUnsafePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    // The end of what was initialised whole closes the socket, here too.
    guard connected == 0 else { throw HarnessError("connect to port \(port): \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw HarnessError("send: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  /// What arrives until the peer closes, or until the text is in it.
  ///
  /// - Throws: when neither happens before the deadline.
  func receive(until wanted: String? = nil, within seconds: TimeInterval = patience) throws -> String {
    String(decoding: try receiveBytes(until: wanted, within: seconds), as: UTF8.self)
  }

  /// The same for what may be no UTF-8.
  func receiveBytes(until wanted: String? = nil, within seconds: TimeInterval = patience) throws -> [UInt8] {
    let deadline = Date(timeIntervalSinceNow: seconds)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let wanted, String(decoding: bytes, as: UTF8.self).contains(wanted) { break }
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = Int32(max(0, deadline.timeIntervalSinceNow * 1_000))
      let ready = poll(&entry, 1, left)
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { throw HarnessError("nothing more after \(String(decoding: bytes, as: UTF8.self).debugDescription)") }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }
}

/// A connection to an abstract name of the Unix domain (unix(7)).
final class UnixClient: Sendable {
  let descriptor: Int32

  init(abstract name: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = [0] + Array(name.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)
    let connected = withUnsafePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard connected == 0 else { throw HarnessError("connect to @\(name): \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }
}

private func loopback(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
  return address
}
