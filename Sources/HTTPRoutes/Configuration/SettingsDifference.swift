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
    if old.workers != new.workers { changesAtNextStart.append(Self.arrow("workers", Self.auto(old.workers), Self.auto(new.workers))) }
    compare(Self.bounds, old, new)
    if old.trustedProxies != new.trustedProxies {
      changes.append("trusted_proxies \(old.trustedProxies.count) → \(new.trustedProxies.count)\(Self.same(old, new))")
    }
    if old.callbacks != new.callbacks { changes.append("callbacks") }
    if old.cors != new.cors { changes.append("defaults.cors") }
    compareStates(old.states.map(\.definition), new.states.map(\.definition))
    compare(Self.templates, old, new)
    compare(Self.logs, old, new)
    compareAdmin(old.admin, new.admin)
  }

  private mutating func compareStates(_ old: [StateDefinition], _ new: [StateDefinition]) {
    for state in new where !old.contains(state) {
      changes.append("state \(state.name) \(old.contains { $0.name == state.name } ? "began anew" : "added")")
    }
    for state in old where !new.contains(where: { $0.name == state.name }) { changes.append("state \(state.name) removed") }
  }

  private mutating func compareAdmin(_ old: AdminSettings?, _ new: AdminSettings?) {
    if old?.listen.address != new?.listen.address {
      changes.append(Self.arrow("admin.listen", old?.listen.address.description ?? "off", new?.listen.address.description ?? "off"))
    }
    guard let old, let new else { return }
    if old.token != new.token { changes.append("admin.token") }
    if old.journal != new.journal { changes.append("admin.journal") }
  }

  /// A key, and the value that settings have for it as it is shown.
  private typealias ShownSetting = (key: String, value: @Sendable (Settings) -> String)

  private mutating func compare(_ shown: [ShownSetting], _ old: Settings, _ new: Settings) {
    for (key, value) in shown where value(old) != value(new) { changes.append(Self.arrow(key, value(old), value(new))) }
  }

  private static let bounds: [ShownSetting] = [
    ("limits.connections", { auto($0.limits.connections) }), ("limits.descriptors", { auto($0.limits.descriptors) }),
    ("limits.descriptors_per_request", { String($0.limits.descriptorsPerRequest) }),
    ("limits.body", { Units.spelling(ofSize: $0.limits.body) }), ("limits.head", { Units.spelling(ofSize: Int64($0.limits.head)) }),
    ("timeouts.head", { $0.timeouts.head.spelling }), ("timeouts.body", { $0.timeouts.body.spelling }),
    ("timeouts.keep_alive", { $0.timeouts.keepAlive.spelling }), ("timeouts.write", { $0.timeouts.write.spelling }),
    ("timeouts.drain", { $0.timeouts.drain.spelling }), ("unmatched.explain", { $0.unmatched.explain.rawValue }),
    ("unmatched.status", { String($0.unmatched.status) }),
  ]

  private static let templates: [ShownSetting] = [
    ("random.seed", { $0.templates.seed.map { String($0) } ?? "none" }), ("clock", { $0.templates.clock.shown }),
  ]

  private static let logs: [ShownSetting] = [
    ("log.level", { $0.log.level.rawValue }), ("log.format", { $0.log.format.rawValue }),
    ("access_log", { $0.accessLog.map { "\($0.path) (\($0.format)\(shown($0.mode)))" } ?? "off" }),
  ]

  private static func shown(_ mode: UInt32?) -> String { mode.map { ", mode 0\(String($0, radix: 8))" } ?? "" }

  private static func same(_ old: Settings, _ new: Settings) -> String {
    old.trustedProxies.count == new.trustedProxies.count ? " others" : ""
  }

  private static func arrow(_ key: String, _ old: String, _ new: String) -> String { "\(key) \(old) → \(new)" }

  private static func auto(_ number: Int?) -> String { number.map(String.init) ?? "auto" }

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

  /// Everything that is different, a line each.
  package var lines: [String] {
    addedRoutes.map { "route \($0) added" } + removedRoutes.map { "route \($0) removed" }
      + changedRoutes.map { "route \($0.id): \($0.details.joined(separator: " and "))" } + (isReordered ? ["another order of routes"] : [])
      + addedListeners.map { "listener \($0.address) added" } + removedListeners.map { "listener \($0.address) removed" } + changes
      + changesAtNextStart.map { "\($0) at the next start" }
  }

  /// Changed routes told one by one: as many as a line of a log is still read to its end with.
  private static let longestList = 5

  private static func count(_ routes: Int) -> String { routes == 1 ? "1 route" : "\(routes) routes" }
}
