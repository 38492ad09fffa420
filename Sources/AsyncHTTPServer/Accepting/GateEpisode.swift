// What the log says of the times for which connections could not be accepted: one line at the beginning of an episode,
// and one at its end.

import Logging
import Reactor

extension AdmissionGate.EpisodeEvent {
  /// What a line of the log says of the moment.
  struct Numbers {
    let openDescriptors: Int?
    let limit: Int
    let connections: Int
  }

  func log(_ numbers: Numbers, to logger: Logger) {
    var metadata: Logger.Metadata = [
      "open": "\(numbers.openDescriptors ?? -1)", "limit": "\(numbers.limit)", "connections": "\(numbers.connections)",
    ]
    switch self {
    case .began(let reason):
      metadata["reason"] = "\(reason)"
      logger.warning("not accepting", metadata: metadata)
    case .ended(let after):
      metadata["after_ms"] = "\(after)"
      logger.notice("accepting again", metadata: metadata)
    }
  }
}

extension AdmissionGate.Reason: CustomStringConvertible {
  var description: String {
    switch self {
    case .noRoom: "no room for a request's descriptors"
    case .acceptFailed(let error): "accept: \(error)"
    }
  }
}
