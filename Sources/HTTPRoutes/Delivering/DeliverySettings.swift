// How an answer travels, as the configuration has it.

package import AsyncHTTPServer

/// The keys `delay`, `throttle` and `fault` of a route or an answer.
package struct DeliverySettings: Equatable, Sendable {
  /// Before the head; nil for not at all.
  package var delay: AnswerDelay?
  /// Octets of the body per second, at least 1; nil: as fast as the client takes them.
  package var throttle: Int?
  /// What goes wrong with every answer; nil: nothing.
  package var fault: Delivery.Fault?

  package init(delay: AnswerDelay? = nil, throttle: Int? = nil, fault: Delivery.Fault? = nil) {
    self.delay = delay
    self.throttle = throttle
    self.fault = fault
  }

  /// Whether the answer travels at once, as fast as it can, and whole.
  package var isPlain: Bool { self == DeliverySettings() }
}

extension DeliverySettings {
  /// As `explain` shows it: `delay 80ms, throttle 50KiB, fault truncate 50%`; empty where it is plain.
  package var spelling: String {
    let parts = [
      delay.map { "delay \($0.spelling)" }, throttle.map { "throttle \(Units.spelling(ofSize: Int64($0)))" },
      fault.map { "fault \($0.spelling)" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}

extension Delivery.Fault {
  /// The word of the configuration: `reset`, `truncate 50%`.
  package var spelling: String {
    switch self {
    case .reset: "reset"
    case .empty: "empty"
    case .stall: "stall"
    case .garbage: "garbage"
    case .malformedChunk: "malformed_chunk"
    case .truncate(.percent(let percent)): "truncate \(percent)%"
    case .truncate(.octets(let count)): "truncate \(Units.spelling(ofSize: count))"
    }
  }
}
