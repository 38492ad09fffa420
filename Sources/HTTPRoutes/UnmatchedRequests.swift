// What becomes of a request that no route answers: which clients learn why, and what the log says.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import Synchronization

/// Notes requests that no route answers in the log, the same one at most once a minute.
final class UnmatchedRequests: Sendable {
  /// Requests that are remembered; when as many came within a minute, further ones are not noted.
  static let maxCount = 1_000
  private static let pause: Int64 = 60

  /// When each was noted last, in seconds since 1970.
  private let noted = Mutex<[String: Int64]>([:])

  /// Whether nothing is noted, since every request is shown elsewhere.
  private let isSilent = Atomic<Bool>(false)

  func setSilent(_ isSilent: Bool) { self.isSilent.store(isSilent, ordering: .relaxed) }

  /// Whether this one is due.
  func isDue(_ request: String, now: Int64) -> Bool {
    if isSilent.load(ordering: .relaxed) { return false }
    return noted.withLock { noted in
      if let last = noted[request], now - last < Self.pause, now >= last { return false }
      if noted.count >= Self.maxCount { noted = noted.filter { now - $0.value < Self.pause && now >= $0.value } }
      guard noted.count < Self.maxCount else { return false }
      noted[request] = now
      return true
    }
  }
}

extension UnmatchedSettings {
  /// Whether a client may learn which routes come near.
  func explains(to origin: RequestOrigin, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Bool {
    switch explain {
    case .all: return true
    case .off: return false
    case .local:
      let client = origin.client(head, bytes)
      guard client.isLocal else { return false }
      // A proxy on this machine that is not trusted: its clients may be anywhere.
      if origin.peerIsTrusted { return true }
      return [KnownField.forwarded, .xForwardedFor, .xRealIP, .via].allSatisfy { head.firstValue(of: $0) == nil }
    }
  }
}
