// The way to the service manager: one datagram for each message (sd_notify(3)).

import Glibc
import Reactor
import Synchronization

/// The datagram socket to the manager, open as long as the process: a notification must not need a descriptor when
/// there is none left.
final class NotificationChannel: Sendable {
  private let descriptor: Int32

  /// Messages that the manager has no room for yet.
  private let waiting = Mutex<[String]>([])

  private static let mostWaiting = 64
  /// How long one attempt of the thread that waits takes.
  private static let patienceSeconds = 1

  /// Connects to NOTIFY_SOCKET: a path, or an abstract address that begins with `@` (unix(7)).
  init?(path: String) {
    var bytes = Array(path.utf8)
    guard bytes.count > 1, bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@") else { return nil }
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }

    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // The length is exact: in an abstract address every byte counts, a trailing NUL too.
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)

    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var patience = timeval(tv_sec: NotificationChannel.patienceSeconds, tv_usec: 0)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard connected == 0 else { return nil }
  }

  deinit {
    if descriptor >= 0 { _ = close(descriptor) }
  }

  /// Sends a message, or leaves it to a thread that waits until the manager has room for it: messages keep their order.
  /// Never waits.
  func send(_ message: String) {
    let needsThread = waiting.withLock { waiting in
      if waiting.isEmpty, transmit(message, Int32(MSG_DONTWAIT)) { return false }
      // One more than so many is a sign of life that is late anyway.
      if waiting.count < Self.mostWaiting { waiting.append(message) }
      return waiting.count == 1
    }
    if needsThread { _ = BackgroundThread.start("notify", sendWaiting) }
  }

  private func sendWaiting() {
    while let next = waiting.withLock({ $0.first }) {
      guard transmit(next, 0) else { continue }
      waiting.withLock { _ = $0.removeFirst() }
    }
  }

  /// False where the manager's queue is full. A manager that is gone takes everything.
  private func transmit(_ message: String, _ flags: Int32) -> Bool {
    var message = message
    return message.withUTF8 { bytes in
      var sent: Int
      repeat {
        sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | flags)
      } while sent < 0 && errno == EINTR
      return sent >= 0 || errno != EAGAIN
    }
  }
}
