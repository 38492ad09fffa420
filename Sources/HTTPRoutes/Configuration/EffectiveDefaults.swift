// `defaults` as they are written, level over level, put into routes: the same rules as RouteDefaults has for settings.

import YAMLDocument

/// What the `defaults` of a file and of those that include it give to each of its routes.
struct EffectiveDefaults {
  /// Field lines, in order; no value is null.
  private var headers: [YAMLPair] = []
  /// The keys of `cors` that are given; nil for off.
  private(set) var cors: [YAMLPair]?
  /// `delay`, `throttle`, `faults` and `rate_limit`, each replaced as a whole.
  private var others: [YAMLPair] = []

  private static let wholeKeys = ["delay", "throttle", "faults", "rate_limit"]
  /// Keys of `cors` and what takes each back.
  private static let corsResets: [(key: String, value: String)] = [
    ("methods", "~"), ("headers", "~"), ("expose", "[]"), ("credentials", "false"), ("max_age", "~"),
  ]

  /// - Parameter levels: the outermost first.
  init(levels: [EffectiveConfiguration.Part], _ resolver: NodeResolver) {
    for level in levels {
      let node = resolver.resolved(level.node, key: "defaults", level.context)
      if let own = node["headers"] { headers = Self.headers(own, over: headers) }
      if let own = node["cors"] { cors = Self.cors(own, over: cors) }
      for key in Self.wholeKeys {
        guard let value = node[key] else { continue }
        others.removeAll { $0.key.text == key }
        others.append(YAMLPair(key, key == "faults" ? faults(value) : value))
      }
    }
  }

  /// The route with these defaults in it.
  ///
  /// - Parameter mainCORS: the `cors` that stays in `defaults`, since it is for paths without a route as well.
  func applied(to route: YAMLNode, mainCORS: [YAMLPair]?) -> YAMLNode {
    guard var pairs = route.mapping else { return route }
    func set(_ key: String, _ value: YAMLNode?) {
      let index = pairs.firstIndex { $0.key.text == key }
      if let index, let value { pairs[index] = YAMLPair(key, value) }
      if let index, value == nil { pairs.remove(at: index) }
      if index == nil, let value { pairs.append(YAMLPair(key, value)) }
    }
    let inherited = Self.fillsHeaders(route) ? self.headers.map { YAMLPair($0.key.text, Self.literal($0.value)) } : self.headers
    let headers = route["headers"].map { Self.headers($0, over: inherited) } ?? inherited
    set("headers", headers.isEmpty ? nil : .mapping(headers))
    set("cors", cors(of: route, mainCORS: mainCORS))
    for pair in others where route[pair.key.text] == nil { set(pair.key.text, pair.value) }
    if let own = route["faults"] { set("faults", faults(own)) }
    return .mapping(pairs)
  }

  // MARK: Headers

  /// Lines of `base` that the mapping does not name, and then its own.
  private static func headers(_ node: YAMLNode, over base: [YAMLPair]) -> [YAMLPair] {
    guard let own = node.mapping, !own.isEmpty else { return base }
    let names = Set(own.map { $0.key.text.lowercased() })
    return base.filter { !names.contains($0.key.text.lowercased()) } + own.filter { $0.value.scalar?.kind != .null }
  }

  /// Whether placeholders in the `headers` of a route are filled. Those in `defaults` never are.
  private static func fillsHeaders(_ route: YAMLNode) -> Bool {
    guard let kind = ResponderKind.all.first(where: { route[$0.key.name] != nil }) else { return true }
    return kind.takesTemplates || route["template"]?.scalar?.boolValue == true
  }

  /// A value whose double braces are filled with themselves.
  private static func literal(_ value: YAMLNode) -> YAMLNode {
    switch value.content {
    case .scalar(let scalar): scalar.text.contains("{{") ? .string(scalar.text.replacing("{{", with: "{{'{{'}}")) : value
    case .sequence(let items): .sequence(items.map { literal($0) })
    case .mapping: value
    }
  }

  /// Entries of `faults`, whose answers have the default field lines as well.
  private func faults(_ node: YAMLNode) -> YAMLNode {
    guard let items = node.sequence, !headers.isEmpty else { return node }
    return .sequence(
      items.map { item in
        guard let pairs = item.mapping else { return item }
        let lines = item["headers"].map { Self.headers($0, over: headers) } ?? headers
        return .mapping(pairs.filter { $0.key.text != "headers" } + [YAMLPair("headers", .mapping(lines))])
      })
  }

  // MARK: CORS

  private static func isOff(_ node: YAMLNode) -> Bool {
    guard let scalar = node.scalar else { return false }
    return scalar.kind == .null || scalar.text == "off" || scalar.text == "false"
  }

  /// The keys of a value over those of another; nil for off.
  private static func cors(_ node: YAMLNode, over base: [YAMLPair]?) -> [YAMLPair]? {
    if isOff(node) { return nil }
    let own = node.mapping ?? [YAMLPair("origins", node)]
    let names = Set(own.map(\.key.text))
    return (base ?? []).filter { !names.contains($0.key.text) } + own
  }

  /// What a route says of `cors` where `mainCORS` is the default; nil for nothing.
  private func cors(of route: YAMLNode, mainCORS: [YAMLPair]?) -> YAMLNode? {
    let own = route["cors"]
    let value = own.map { Self.cors($0, over: cors) } ?? cors
    guard let value else { return own == nil && mainCORS == nil ? nil : .plain("off") }
    if own == nil, let mainCORS, Self.isSame(value, mainCORS) { return nil }
    // What only the outer default says would shine through.
    let resets = Self.corsResets.filter { reset in
      !value.contains { $0.key.text == reset.key } && mainCORS?.contains { $0.key.text == reset.key } == true
    }
    return .mapping(value + resets.map { YAMLPair($0.key, $0.value == "[]" ? .sequence([]) : .plain($0.value)) })
  }

  private static func isSame(_ one: [YAMLPair], _ other: [YAMLPair]) -> Bool {
    YAMLWriter.text(of: .mapping(one)) == YAMLWriter.text(of: .mapping(other))
  }
}
