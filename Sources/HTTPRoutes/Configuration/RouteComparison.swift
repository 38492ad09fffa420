// Two versions of one route, and in what they differ.

/// What became of a route between two configurations; where it stands in the file does not count.
struct RouteComparison {
  private(set) var details: [String] = []

  init(_ old: RouteSettings, _ new: RouteSettings) {
    note("path", old.pattern.text, new.pattern.text)
    note("methods", old.methods?.joined(separator: ",") ?? "any", new.methods?.joined(separator: ",") ?? "any")
    note("delay", Self.delay(old), Self.delay(new))
    if old.when != new.when { details.append("when") }
    if old.answer.headers != new.answer.headers { details.append("headers") }
    if old.cors != new.cors { details.append("cors") }
    if old.rateLimit != new.rateLimit { note("rate_limit", Self.shown(old.rateLimit), Self.shown(new.rateLimit)) }
    if old.answer.stateWrites != new.answer.stateWrites { details.append("set_state") }
    details += new.answer.responder.changes(fromAny: old.answer.responder)
  }

  private static func shown(_ limit: RateLimit?) -> String {
    limit.map { "\($0.requests) in \($0.window.spelling)\($0.per.map { " per \($0.text)" } ?? "")" } ?? "off"
  }

  private static func delay(_ route: RouteSettings) -> String { route.answer.delayTemplate?.shown ?? route.answer.delay?.spelling ?? "0" }

  private mutating func note(_ name: String, _ old: String, _ new: String) {
    if old != new { details.append("\(name) \(old) → \(new)") }
  }
}
