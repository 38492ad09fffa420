// How an exchange with an upstream fails, in terms of what an operator can act on.

/// Why there is no response, or why it ended early. `upstream` is scheme and authority of the URL.
package enum UpstreamError: Error, Equatable, CustomStringConvertible {
  /// What was going on when the time ran out.
  package enum Phase: String, Sendable {
    case queueing = "waiting for a connection: as many as may be are in use"
    case resolving = "resolving its name"
    case connecting = "connecting"
    case waiting = "waiting for its response"
    case receiving = "receiving its response"
  }

  /// The bound that a response went over.
  package enum Limit: Equatable, Sendable {
    /// Bytes of content.
    case body(Int64)
    /// Bytes of the head.
    case head(Int)
    /// Field lines.
    case fields(Int)
  }

  /// libcurl is not installed or lacks a function.
  case libraryMissing(reason: String)
  /// The request cannot be put on the wire: our defect or the configuration's.
  case invalidRequest(reason: String)
  case unresolvable(upstream: String, host: String)
  /// The connection is not accepted: refused, unreachable.
  case refused(upstream: String, reason: String)
  /// The request does not allow the address that the name stands for.
  case forbidden(upstream: String, address: String)
  case tls(upstream: String, reason: String)
  case timedOut(upstream: String, Phase)
  /// The connection broke, or ended before the announced length.
  case reset(upstream: String, reason: String)
  /// What came is not HTTP.
  case malformed(upstream: String, reason: String)
  case tooLarge(upstream: String, Limit)
  /// No descriptor was left for the connection.
  case tooManyDescriptors(upstream: String)
  /// The task was cancelled, or the client ended.
  case cancelled
  case other(upstream: String, reason: String)

  /// Whether a gateway answers this with 504; all others are 502 (RFC 9110 §15.6).
  package var isTimeout: Bool {
    if case .timedOut = self { true } else { false }
  }

  /// A few words without the upstream's name.
  package var reason: String {
    switch self {
    case .libraryMissing(let reason): "libcurl cannot be loaded (Debian package libcurl4): \(reason)"
    case .invalidRequest(let reason): reason
    case .unresolvable(_, let host): "the name \(host) cannot be resolved"
    case .refused(_, let reason): "cannot connect: \(reason)"
    case .forbidden(_, let address): "it stands for \(address), which is not allowed"
    case .tls(_, let reason): "TLS: \(reason)"
    case .timedOut(_, let phase): "timed out \(phase.rawValue)"
    case .reset(_, let reason): "the connection broke: \(reason)"
    case .malformed(_, let reason): "the response is malformed: \(reason)"
    case .tooLarge(_, .body(let limit)): "the response is larger than \(limit) bytes"
    case .tooLarge(_, .head(let limit)): "the response's head is larger than \(limit) bytes"
    case .tooLarge(_, .fields(let limit)): "the response has more than \(limit) fields"
    case .tooManyDescriptors: "no file descriptor is left for the connection"
    case .cancelled: "cancelled"
    case .other(_, let reason): reason
    }
  }

  /// The upstream it happened with, where there was one.
  package var upstream: String? {
    switch self {
    case .libraryMissing, .invalidRequest, .cancelled: nil
    case .unresolvable(let upstream, _), .refused(let upstream, _), .forbidden(let upstream, _), .tls(let upstream, _),
      .timedOut(let upstream, _),
      .reset(let upstream, _), .malformed(let upstream, _), .tooLarge(let upstream, _), .tooManyDescriptors(let upstream),
      .other(let upstream, _):
      upstream
    }
  }

  package var description: String {
    if let upstream { "upstream \(upstream): \(reason)" } else { reason }
  }
}
