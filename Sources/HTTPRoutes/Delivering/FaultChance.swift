// A fault that befalls some of a route's answers, as the configuration has it.

/// One entry of `faults`: how often, and what becomes of the answer then.
package struct FaultChance: Sendable {
  /// The chance that it hits, above 0 and up to 1.
  package var chance: Double
  /// What answers in place of the route, with a delivery of its own; nil: the route answers as it is written.
  package var answer: AnswerSettings?
  /// What befalls the route's own answer: a delay before it, a throttle in place of its own, a fault.
  package var delivery: DeliverySettings
  /// What the log, the counters and a reload call it: `5% status 503`.
  package var label: String

  package init(chance: Double, answer: AnswerSettings? = nil, delivery: DeliverySettings = DeliverySettings(), label: String) {
    self.chance = chance
    self.answer = answer
    self.delivery = delivery
    self.label = label
  }

  /// Whether it does the same as another.
  func isLike(_ other: FaultChance) -> Bool {
    guard label == other.label, chance == other.chance, delivery == other.delivery else { return false }
    switch (answer, other.answer) {
    case (nil, nil): return true
    case (let own?, let other?):
      return own.delivery == other.delivery && own.after == other.after && own.headers == other.headers
        && own.responder.changes(fromAny: other.responder).isEmpty
    default: return false
    }
  }
}
