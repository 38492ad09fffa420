// Two versions of one route, and in what they differ.

/// What became of a route between two configurations; where it stands in the file does not count.
struct RouteComparison {
  private(set) var details: [String] = []

  init(_ old: RouteSettings, _ new: RouteSettings) {
    note("path", old.pattern.text, new.pattern.text)
    note("methods", old.methods?.joined(separator: ",") ?? "any", new.methods?.joined(separator: ",") ?? "any")
    note("delay", old.answer.delivery.delay?.spelling ?? "0", new.answer.delivery.delay?.spelling ?? "0")
    note("throttle", Self.throttle(old), Self.throttle(new))
    note("fault", old.answer.delivery.fault?.spelling ?? "off", new.answer.delivery.fault?.spelling ?? "off")
    if !old.faults.elementsEqual(new.faults, by: { $0.isLike($1) }) { details.append("faults") }
    if old.when != new.when { details.append("when") }
    if old.answer.headers != new.answer.headers { details.append("headers") }
    if old.answer.after != new.answer.after { details.append("after") }
    if old.cors != new.cors { details.append("cors") }
    if old.rateLimit != new.rateLimit { note("rate_limit", Self.shown(old.rateLimit), Self.shown(new.rateLimit)) }
    if old.answer.stateWrites != new.answer.stateWrites { details.append("set_state") }
    details += new.answer.responder.changes(fromAny: old.answer.responder)
  }

  private static func throttle(_ route: RouteSettings) -> String {
    route.answer.delivery.throttle.map { Units.spelling(ofSize: Int64($0)) } ?? "off"
  }

  private static func shown(_ limit: RateLimit?) -> String {
    limit.map { "\($0.requests) in \($0.window.spelling)\($0.per.map { " per \($0.text)" } ?? "")" } ?? "off"
  }

  private mutating func note(_ name: String, _ old: String, _ new: String) {
    if old != new { details.append("\(name) \(old) → \(new)") }
  }
}
