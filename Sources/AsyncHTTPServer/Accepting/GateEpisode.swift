// The times for which connections could not be accepted, as people hear of them: at its limit a busy server shuts its
// gate and opens it with every connection. That is one episode, and one line in the log, until there has been room for
// a while.

import Logging
import Reactor

/// Confined to the acceptor's thread, but for the count.
final class GateEpisode {
  /// What a line of the log says of the moment.
  struct Numbers {
    let openDescriptors: Int?
    let limit: Int
    let connections: Int
  }

  private let closures = Counter()
  /// When the gate first shut of an episode that is not over.
  private var began: Milliseconds?

  /// How long there must be room before an episode is over.
  static let rest: Milliseconds = 1000

  /// Episodes so far. From any thread.
  var count: Int { closures.read() }

  func begin(because reason: String, now: Milliseconds, _ numbers: @autoclosure () -> Numbers, _ logger: Logger) {
    guard began == nil else { return }
    began = now
    closures.add()
    var metadata = Self.metadata(numbers())
    metadata["reason"] = "\(reason)"
    logger.warning("not accepting", metadata: metadata)
  }

  func end(now: Milliseconds, _ numbers: @autoclosure () -> Numbers, _ logger: Logger) {
    guard let began else { return }
    self.began = nil
    var metadata = Self.metadata(numbers())
    metadata["after_ms"] = "\(now - began)"
    logger.notice("accepting again", metadata: metadata)
  }

  private static func metadata(_ numbers: Numbers) -> Logger.Metadata {
    ["open": "\(numbers.openDescriptors ?? -1)", "limit": "\(numbers.limit)", "connections": "\(numbers.connections)"]
  }
}
