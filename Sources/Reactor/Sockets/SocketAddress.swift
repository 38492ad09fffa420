// Addresses as small values: an idle connection remembers its peer in 24 bytes, not in a sockaddr_storage.

package import Glibc
package import SystemPackage

/// The address of a socket: Internet (version 4 or 6) with a port, or a path of the Unix domain (unix(7), ip(7),
/// ipv6(7)).
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  private enum Storage: Hashable, Sendable {
    case v4(UInt32, port: UInt16)
    case v6(UInt64, UInt64, scope: UInt32, port: UInt16)
    case unix(String)
  }

  private let storage: Storage

  /// An Internet address from its text (`127.0.0.1`, `::1`, with `%eth0` for a zone), or nil if `text` is not one.
  /// The empty text is the wildcard `::`, which accepts both versions.
  public init?(_ text: String, port: UInt16) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if text.isEmpty {
      storage = .v6(0, 0, scope: 0, port: port)
    } else if inet_pton(AF_INET, text, &v4) == 1 {
      storage = .v4(v4.s_addr, port: port)
    } else {
      let parts = text.split(separator: "%", maxSplits: 1)
      guard let address = parts.first, inet_pton(AF_INET6, String(address), &v6) == 1 else { return nil }
      var scope: UInt32 = 0
      if parts.count == 2 {
        scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
        guard scope != 0 else { return nil }
      }
      let halves = unsafeBitCast(v6, to: (UInt64, UInt64).self)
      storage = .v6(halves.0, halves.1, scope: scope, port: port)
    }
  }

  /// A path of the Unix domain; at most 107 bytes, or nil.
  public init?(unixPath: String) {
    guard unixPath.utf8.count <= 107, !unixPath.utf8.contains(0) else { return nil }
    storage = .unix(unixPath)
  }

  /// A name of the abstract namespace, which no file has; at most 107 bytes, or nil (unix(7)).
  package init?(abstractName: String) {
    guard abstractName.utf8.count <= 107 else { return nil }
    storage = .unix("\0\(abstractName)")
  }

  package init(_ address: sockaddr_storage, length: socklen_t) {
    switch Int32(address.ss_family) {
    case AF_INET:
      let inet = withUnsafeBytes(of: address) { $0.load(as: sockaddr_in.self) }
      storage = .v4(inet.sin_addr.s_addr, port: UInt16(bigEndian: inet.sin_port))
    case AF_INET6:
      let inet = withUnsafeBytes(of: address) { $0.load(as: sockaddr_in6.self) }
      let halves = unsafeBitCast(inet.sin6_addr, to: (UInt64, UInt64).self)
      // ::ffff:a.b.c.d is an IPv4 peer that came through a dual-stack socket.
      if halves.0 == 0, UInt32(truncatingIfNeeded: halves.1) == UInt32(bigEndian: 0x0000_ffff) {
        storage = .v4(UInt32(truncatingIfNeeded: halves.1 >> 32), port: UInt16(bigEndian: inet.sin6_port))
      } else {
        storage = .v6(halves.0, halves.1, scope: inet.sin6_scope_id, port: UInt16(bigEndian: inet.sin6_port))
      }
    default:
      let pathOffset = MemoryLayout<sa_family_t>.size
      let count = max(0, Int(length) - pathOffset)
      let path = withUnsafeBytes(of: address) { bytes in
        String(decoding: bytes[pathOffset..<min(bytes.count, pathOffset + count)].prefix { $0 != 0 }, as: UTF8.self)
      }
      storage = .unix(path)
    }
  }

  /// The port, or nil in the Unix domain.
  public var port: Int? {
    switch storage {
    case .v4(_, let port), .v6(_, _, _, let port): Int(port)
    case .unix: nil
    }
  }

  /// The path in the Unix domain (empty for an unnamed peer), or nil. That of an abstract name begins with NUL.
  public var unixPath: String? {
    if case .unix(let path) = storage { path } else { nil }
  }

  /// The host alone: `127.0.0.1`, `::1`, `fe80::1%eth0`, or the path.
  public var host: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch storage {
    case .v4(let bits, _):
      var address = in_addr(s_addr: bits)
      inet_ntop(AF_INET, &address, &buffer, socklen_t(buffer.count))
    case .v6(let high, let low, let scope, _):
      var address = unsafeBitCast((high, low), to: in6_addr.self)
      inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
      if scope != 0 { return Self.text(buffer) + "%" + Self.zone(scope) }
    case .unix(let path):
      return path
    }
    return Self.text(buffer)
  }

  /// The name of an interface, or its number where it has none any more.
  private static func zone(_ scope: UInt32) -> String {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    return if_indextoname(scope, &name) == nil ? "\(scope)" : text(name)
  }

  /// Appends `host`, if it is an address of IPv4; false otherwise, with nothing appended. For logs, which have one in
  /// each line.
  package func appendIPv4Host(to output: inout [UInt8]) -> Bool {
    guard case .v4(let bits, _) = storage else { return false }
    let number = UInt32(bigEndian: bits)
    for shift in [UInt32(24), 16, 8, 0] {
      let part = UInt8(truncatingIfNeeded: number >> shift)
      if part >= 100 { output.append(UInt8(ascii: "0") + part / 100) }
      if part >= 10 { output.append(UInt8(ascii: "0") + part / 10 % 10) }
      output.append(UInt8(ascii: "0") + part % 10)
      if shift > 0 { output.append(UInt8(ascii: ".")) }
    }
    return true
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/http.sock`.
  public var description: String {
    switch storage {
    case .v4(_, let port): "\(host):\(port)"
    case .v6(_, _, _, let port): "[\(host)]:\(port)"
    case .unix(let path): path.utf8.first == 0 ? "unix:@\(path.dropFirst())" : "unix:\(path)"
    }
  }

  /// Whether it is on this machine: a UNIX domain socket, or a loopback address (127.0.0.0/8, ::1, and the former
  /// mapped to IPv6).
  package var isLocal: Bool {
    if unixPath != nil { return true }
    let bytes = addressBytes
    if bytes.count == 4 { return bytes[0] == 127 }
    return bytes == [UInt8](repeating: 0, count: 15) + [1]
      || bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127])
  }

  /// The bytes of the Internet address in network order, 4 or 16 of them, or none: what a CIDR block is compared with.
  package var addressBytes: [UInt8] { withAddressBytes { Array($0) } }

  /// Calls `body` with the same bytes, and allocates nothing.
  package func withAddressBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch storage {
    case .v4(let bits, _): withUnsafeBytes(of: bits, body)
    case .v6(let high, let low, _, _): withUnsafeBytes(of: (high, low), body)
    case .unix: body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// The Internet address of 4 or 16 bytes in network order, with port 0; the unnamed address of the Unix domain for
  /// none; nil for any other number of bytes.
  package init?(addressBytes bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 0: storage = .unix("")
    case 4:
      var bits: UInt32 = 0
      withUnsafeMutableBytes(of: &bits) { $0.copyBytes(from: bytes) }
      storage = .v4(bits, port: 0)
    case 16:
      var halves: (UInt64, UInt64) = (0, 0)
      withUnsafeMutableBytes(of: &halves) { $0.copyBytes(from: bytes) }
      storage = .v6(halves.0, halves.1, scope: 0, port: 0)
    default: return nil
    }
  }

  package var family: Int32 {
    switch storage {
    case .v4: AF_INET
    case .v6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  package func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws(Errno) -> R) throws(Errno) -> R {
    var address = sockaddr_storage()
    var length = 0
    withUnsafeMutableBytes(of: &address) { bytes in
      switch storage {
      case .v4(let bits, let port):
        var inet = sockaddr_in()
        inet.sin_family = sa_family_t(AF_INET)
        inet.sin_port = port.bigEndian
        inet.sin_addr.s_addr = bits
        bytes.storeBytes(of: inet, as: sockaddr_in.self)
        length = MemoryLayout<sockaddr_in>.size
      case .v6(let high, let low, let scope, let port):
        var inet = sockaddr_in6()
        inet.sin6_family = sa_family_t(AF_INET6)
        inet.sin6_port = port.bigEndian
        inet.sin6_addr = unsafeBitCast((high, low), to: in6_addr.self)
        inet.sin6_scope_id = scope
        bytes.storeBytes(of: inet, as: sockaddr_in6.self)
        length = MemoryLayout<sockaddr_in6>.size
      case .unix(let path):
        bytes.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
        let start = MemoryLayout<sa_family_t>.size
        for (index, byte) in path.utf8.enumerated() { bytes[start + index] = byte }
        // In an abstract address every byte counts, so that a NUL at its end would be a part of it.
        length = start + path.utf8.count + (path.utf8.first == 0 ? 0 : 1)
      }
    }
    return try withUnsafePointer(to: address) { pointer throws(Errno) in
      try UnsafeRawPointer(pointer).withMemoryRebound(to: sockaddr.self, capacity: 1) { sockaddr throws(Errno) in
        try body(sockaddr, socklen_t(length))
      }
    }
  }
}
