// What a reload changes, as values: an operator reads in one line of the log whether the edit did what was meant.
//
//     +2 routes, ~1: /api/users delay 0 → 200ms, listener 127.0.0.1:8081 removed
//
// Routes are compared by id, so one that only moved down the file is the same route.

/// The difference between the settings that serve and those that shall.
package struct SettingsDifference: Equatable, Sendable {
  /// A route that both have, and what became of it.
  package struct RouteChange: Equatable, Sendable {
    package let id: String
    /// Such as `delay 0 → 200ms`; never empty.
    package let details: [String]
  }

  /// Ids, in the order of the new settings.
  package private(set) var addedRoutes: [String] = []
  /// Ids, in the order of the old settings.
  package private(set) var removedRoutes: [String] = []
  package private(set) var changedRoutes: [RouteChange] = []
  /// Whether routes that both have are tried in another order.
  package private(set) var isReordered = false
  package private(set) var addedListeners: [ListenSettings] = []
  package private(set) var removedListeners: [ListenSettings] = []
  /// Settings of the server that take effect at once, such as `limits.body 8MiB → 16MiB`.
  package private(set) var changes: [String] = []
  /// Settings of the server that only the next start takes up.
  package private(set) var changesAtNextStart: [String] = []

  package init(from old: Settings, to new: Settings) {
    compareRoutes(old.routes, new.routes)
    addedListeners = Self.subtracting(old.listen, from: new.listen)
    removedListeners = Self.subtracting(new.listen, from: old.listen)
    compareServer(old, new)
  }

  package var isEmpty: Bool {
    addedRoutes.isEmpty && removedRoutes.isEmpty && changedRoutes.isEmpty && !isReordered && addedListeners.isEmpty
      && removedListeners.isEmpty && changes.isEmpty && changesAtNextStart.isEmpty
  }

  // MARK: Comparing

  private mutating func compareRoutes(_ old: [RouteSettings], _ new: [RouteSettings]) {
    let before = Dictionary(old.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Set(new.map(\.id))
    removedRoutes = old.map(\.id).filter { !after.contains($0) }
    var last = -1
    for route in new {
      guard let position = before[route.id] else {
        addedRoutes.append(route.id)
        continue
      }
      if position < last { isReordered = true }
      last = max(last, position)
      let details = RouteComparison(old[position], route).details
      if !details.isEmpty { changedRoutes.append(RouteChange(id: route.id, details: details)) }
    }
  }

  /// An address may be there several times where it has port 0, so listeners are counted off one by one.
  private static func subtracting(_ others: [ListenSettings], from listeners: [ListenSettings]) -> [ListenSettings] {
    var rest = others.map(\.address)
    return listeners.filter { listener in
      guard let index = rest.firstIndex(of: listener.address) else { return true }
      rest.remove(at: index)
      return false
    }
  }

  private mutating func compareServer(_ old: Settings, _ new: Settings) {
    if old.workers != new.workers { changesAtNextStart.append(Self.arrow("workers", old.workers, new.workers)) }
    let (limits, newLimits) = (old.limits, new.limits)
    if limits.connections != newLimits.connections {
      changes.append(Self.arrow("limits.connections", limits.connections, newLimits.connections))
    }
    if limits.descriptors != newLimits.descriptors {
      changes.append(Self.arrow("limits.descriptors", limits.descriptors, newLimits.descriptors))
    }
    if limits.descriptorsPerRequest != newLimits.descriptorsPerRequest {
      changes.append("limits.descriptors_per_request \(limits.descriptorsPerRequest) → \(newLimits.descriptorsPerRequest)")
    }
    let sizes = [("body", limits.body, newLimits.body), ("head", Int64(limits.head), Int64(newLimits.head))]
    for (name, before, after) in sizes where before != after {
      changes.append("limits.\(name) \(Units.spelling(ofSize: before)) → \(Units.spelling(ofSize: after))")
    }
    let timeouts: [(String, Duration, Duration)] = [
      ("head", old.timeouts.head, new.timeouts.head), ("body", old.timeouts.body, new.timeouts.body),
      ("keep_alive", old.timeouts.keepAlive, new.timeouts.keepAlive), ("write", old.timeouts.write, new.timeouts.write),
      ("drain", old.timeouts.drain, new.timeouts.drain),
    ]
    for (name, before, after) in timeouts where before != after {
      changes.append("timeouts.\(name) \(before.spelling) → \(after.spelling)")
    }
    if old.trustedProxies != new.trustedProxies {
      changes.append("trusted_proxies \(old.trustedProxies.count) → \(new.trustedProxies.count)\(Self.same(old, new))")
    }
    if old.cors != new.cors { changes.append("defaults.cors") }
    if old.log.level != new.log.level { changes.append("log.level \(old.log.level) → \(new.log.level)") }
    if old.log.format != new.log.format { changes.append("log.format \(old.log.format) → \(new.log.format)") }
    if old.accessLog != new.accessLog { changes.append("access_log \(Self.spelling(old.accessLog)) → \(Self.spelling(new.accessLog))") }
  }

  private static func same(_ old: Settings, _ new: Settings) -> String {
    old.trustedProxies.count == new.trustedProxies.count ? " others" : ""
  }

  private static func arrow(_ name: String, _ old: Int?, _ new: Int?) -> String {
    "\(name) \(old.map(String.init) ?? "auto") → \(new.map(String.init) ?? "auto")"
  }

  private static func spelling(_ log: AccessLogSettings?) -> String { log.map { "\($0.path) (\($0.format))" } ?? "off" }

  // MARK: Telling

  /// The difference in one line, shortened where there is much of a kind.
  package var summary: String {
    var parts: [String] = []
    if !addedRoutes.isEmpty { parts.append("+\(Self.count(addedRoutes.count))") }
    if !removedRoutes.isEmpty { parts.append("-\(Self.count(removedRoutes.count))") }
    if !changedRoutes.isEmpty {
      let shown = changedRoutes.prefix(Self.longestList).map { "\($0.id) \($0.details.joined(separator: " and "))" }
      let rest = changedRoutes.count - shown.count
      parts.append("~\(changedRoutes.count): " + shown.joined(separator: "; ") + (rest > 0 ? " and \(rest) more" : ""))
    }
    if isReordered { parts.append("another order of routes") }
    parts += addedListeners.map { "listener \($0.address) added" }
    parts += removedListeners.map { "listener \($0.address) removed" }
    parts += changes
    parts += changesAtNextStart.map { "\($0) at the next start" }
    return parts.isEmpty ? "no change" : parts.joined(separator: ", ")
  }

  /// Changed routes told one by one: as many as a line of a log is still read to its end with.
  private static let longestList = 5

  private static func count(_ routes: Int) -> String { routes == 1 ? "1 route" : "\(routes) routes" }
}
