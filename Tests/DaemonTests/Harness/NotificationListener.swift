// The receiving end of sd_notify(3): a real datagram socket whose address goes into NOTIFY_SOCKET.

import Foundation

final class NotificationListener: @unchecked Sendable {  // the lock protects `messages` and `isClosed`; the rest is set once
  /// What NOTIFY_SOCKET should say.
  let address: String

  private let descriptor: Int32
  private let condition = NSCondition()
  private var messages: [String] = []
  private var isClosed = false

  /// Binds to a path, or with a leading `@` to an abstract address (unix(7)).
  init(address: String) throws {
    self.address = address
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw HarnessError("socket: \(String(cString: strerror(errno)))") }
    var bytes = Array(address.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { throw HarnessError("\(address): too long for a socket") }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)
    let bound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    guard bound == 0 else { throw HarnessError("bind \(address): \(String(cString: strerror(errno)))") }
    let thread = Thread { [descriptor, weak self] in NotificationListener.receive(descriptor) { self?.append($0) ?? false } }
    thread.start()
  }

  /// Every datagram so far.
  var received: [String] { condition.withLock { messages } }

  /// Waits for a datagram, from number `start` on, that has the given line.
  ///
  /// - Returns: the datagram and the number of the one after it; nil when the deadline passed or `unless` became true.
  func wait(for line: String, from start: Int = 0, within seconds: TimeInterval = 60, unless: () -> Bool = { false }) -> (
    String, next: Int
  )? {
    wait(from: start, within: seconds, unless: unless) { $0.split(separator: "\n").contains(Substring(line)) }
  }

  func wait(
    from start: Int = 0, within seconds: TimeInterval = 60, unless: () -> Bool = { false }, where matches: (String) -> Bool
  ) -> (String, next: Int)? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return condition.withLock {
      var index = start
      while true {
        while index < messages.count {
          if matches(messages[index]) { return (messages[index], index + 1) }
          index += 1
        }
        if unless() || Date() >= deadline { return nil }
        _ = condition.wait(until: min(deadline, Date(timeIntervalSinceNow: 0.2)))
      }
    }
  }

  deinit {
    // Wakes the receiving thread, which closes the socket.
    shutdown(descriptor, Int32(SHUT_RDWR))
    if address.hasPrefix("/") { unlink(address) }
  }

  private func append(_ message: String) -> Bool {
    condition.withLock {
      messages.append(message)
      condition.broadcast()
    }
    return true
  }

  private static func receive(_ descriptor: Int32, _ deliver: (String) -> Bool) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 && errno == EINTR { continue }
      // Nobody sends an empty datagram: zero is the shutdown of our own side.
      guard count > 0, deliver(String(decoding: buffer[..<count], as: UTF8.self)) else { break }
    }
    close(descriptor)
  }
}

extension NSCondition {
  func withLock<T>(_ body: () throws -> T) rethrows -> T {
    lock()
    defer { unlock() }
    return try body()
  }
}
