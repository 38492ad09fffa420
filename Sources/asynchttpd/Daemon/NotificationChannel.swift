// The way to the service manager: one datagram for each message (sd_notify(3)).

import Reactor
import Synchronization
import SystemPackage

/// The datagram socket to the manager, open as long as the process: a notification must not need a descriptor when
/// there is none left.
final class NotificationChannel: Sendable {
  private let socket: OwnedDescriptor

  /// Messages that the manager has no room for yet.
  private let waiting = Mutex<[String]>([])

  private static let mostWaiting = 64
  /// How long one attempt of the thread that waits takes.
  private static let patienceSeconds = 1

  /// Connects to NOTIFY_SOCKET: a path, or an abstract address that begins with `@` (unix(7)).
  init?(path: String) {
    let address =
      switch path.utf8.first {
      case UInt8(ascii: "/"): SocketAddress(unixPath: path)
      case UInt8(ascii: "@"): SocketAddress(abstractName: String(path.dropFirst()))
      default: nil as SocketAddress?
      }
    guard let address, path.utf8.count > 1, let socket = try? Syscalls.socket(family: address.family, .datagram, blocking: true) else {
      return nil
    }
    try? Syscalls.setTimeout(socket.rawValue, .sending, seconds: Self.patienceSeconds)
    guard (try? Syscalls.connect(socket.rawValue, address)) != nil else { return nil }
    self.socket = socket
  }

  /// Sends a message, or leaves it to a thread that waits until the manager has room for it: messages keep their order.
  /// Never waits.
  func send(_ message: String) {
    let needsThread = waiting.withLock { waiting in
      if waiting.isEmpty, transmit(message, waiting: false) { return false }
      // One more than so many is a sign of life that is late anyway.
      if waiting.count < Self.mostWaiting { waiting.append(message) }
      return waiting.count == 1
    }
    if needsThread { _ = BackgroundThread.start("notify", sendWaiting) }
  }

  private func sendWaiting() {
    while let next = waiting.withLock({ $0.first }) {
      guard transmit(next, waiting: true) else { continue }
      waiting.withLock { _ = $0.removeFirst() }
    }
  }

  /// False where the manager's queue is full. A manager that is gone takes everything.
  private func transmit(_ message: String, waiting: Bool) -> Bool {
    let bytes = Array(message.utf8)
    do throws(Errno) {
      return try bytes.span.bytes.withUnsafeBytes { (buffer) throws(Errno) in
        try Syscalls.send(socket.rawValue, message: buffer, waiting: waiting)
      } != nil
    } catch {
      return true
    }
  }
}
