// What a configuration says in effect, as one tree: includes in their place, anchors written out, variables replaced,
// `defaults` in each route, and the defaults of the server's own settings. Loaded again it makes the same settings.
//
// Where texts have variables or are paths is what decoding noted (TextResolutions), so that no rule of it is repeated
// here.

import YAMLDocument

/// The parts of a configuration, gathered while it is read.
struct EffectiveConfiguration {
  /// A node, and the file that it is of.
  struct Part {
    let node: YAMLNode
    let context: DecodingContext

    init(_ node: YAMLNode, _ context: DecodingContext) {
      self.node = node
      self.context = context
    }
  }

  /// The routes of one `routes`.
  struct Layer {
    let routes: Part
    /// The `defaults` that they have, the outermost first.
    let defaults: [Part]
    let isOfMain: Bool
  }

  /// The mapping of the main file; nil for an empty one.
  var main: Part?
  /// In the order in which their routes are tried.
  var layers: [Layer] = []

  func tree(showsSecrets: Bool) -> YAMLNode {
    let pairs = main?.node.mapping ?? []
    let resolver = NodeResolver(showsSecrets: showsSecrets)
    var output: [YAMLPair] = []
    for key in ConfigurationReader.keys.keys where !["include", "defaults", "routes"].contains(key.name) {
      let given = pairs.first { $0.key.text == key.name }?.value
      let value = given.flatMap { $0.scalar?.kind == .null ? nil : resolved($0, key.name, resolver) }
      if let value = Self.completed(value, key) { output.append(YAMLPair(key.name, value)) }
    }
    let mainDefaults = main.flatMap { main in main.node["defaults"].map { Part($0, main.context) } }
    let base = EffectiveDefaults(levels: mainDefaults.map { [$0] } ?? [], resolver)
    if let cors = base.cors { output.append(YAMLPair("defaults", .mapping([(key: "cors", value: .mapping(cors))]))) }
    output.append(YAMLPair("routes", .sequence(layers.flatMap { routes(of: $0, base: base, resolver) })))
    return .mapping(output)
  }

  private func resolved(_ node: YAMLNode, _ key: String, _ resolver: NodeResolver) -> YAMLNode {
    main.map { resolver.resolved(node, key: key, $0.context) } ?? node
  }

  private func routes(of layer: Layer, base: EffectiveDefaults, _ resolver: NodeResolver) -> [YAMLNode] {
    let defaults = EffectiveDefaults(levels: layer.defaults, resolver)
    return (layer.routes.node.sequence ?? []).map { route in
      defaults.applied(to: resolver.resolved(route, key: "routes", layer.routes.context), mainCORS: base.cors)
    }
  }

  // MARK: Defaults of the server's settings

  /// The value of a key of the main file with what it leaves to defaults; nil where nothing says it.
  private static func completed(_ value: YAMLNode?, _ key: Key) -> YAMLNode? {
    if let value {
      guard let pairs = value.mapping, let table = key.shape.tables.first, !key.shape.isEntries else { return value }
      return .mapping(completed(pairs, table))
    }
    if let defaultNode = key.defaultNode { return defaultNode }
    // Mappings that only have what every server has.
    guard case .mapping(let table) = key.shape.bounds, table.required.isEmpty, table.alternatives.isEmpty else { return nil }
    let pairs = completed([], table)
    return pairs.isEmpty ? nil : .mapping(pairs)
  }

  private static func completed(_ pairs: [YAMLPair], _ table: KeyTable) -> [YAMLPair] {
    table.keys.compactMap { key in
      let given = pairs.first { $0.key.text == key.name }?.value
      return completed(given?.scalar?.kind == .null ? nil : given, key).map { YAMLPair(key.name, $0) }
    }
  }
}

extension YAMLNode {
  /// A mapping of these pairs.
  static func mapping(_ pairs: [YAMLPair]) -> YAMLNode { .mapping(pairs.map { (key: $0.key.text, value: $0.value) }) }
}

/// Nodes of files with their variables replaced, and their paths absolute.
struct NodeResolver {
  let showsSecrets: Bool
  /// What stands for a secret.
  private static let mask = "***"

  /// - Parameter key: of the mapping that the node is the value of, or that its list is.
  func resolved(_ node: YAMLNode, key: String, _ context: DecodingContext) -> YAMLNode {
    switch node.content {
    case .scalar(let scalar): return text(of: node, scalar, key: key, context).map { .string($0) } ?? node
    case .sequence(let items): return .sequence(items.map { resolved($0, key: key, context) })
    case .mapping(let pairs):
      return YAMLNode(
        .mapping(
          pairs.map { pair in
            YAMLPair(key: pair.key, keySpan: pair.keySpan, value: resolved(pair.value, key: pair.key.text, context))
          }), span: node.span)
    }
  }

  /// What is written for a text that means something else than it says; nil for any other.
  private func text(of node: YAMLNode, _ scalar: YAMLScalar, key: String, _ context: DecodingContext) -> String? {
    if let text = context.resolutions?.resolved[node.span] { return VariableExpansion.escaped(text) }
    guard context.resolutions?.expanded.contains(node.span) == true else { return nil }
    var environment = context.environment
    if !showsSecrets {
      for name in VariableExpansion.names(in: scalar.text) where SecretName.isSecret(name) || SecretName.isSecret(key) {
        environment[name] = Self.mask
      }
    }
    return VariableExpansion.escaped(VariableExpansion.expand(scalar.text, environment: environment).text)
  }
}

/// Names of keys, fields and variables whose values are not for every reader.
enum SecretName {
  private static let words: Set<String> = [
    "token", "tokens", "secret", "secrets", "password", "passwords", "passwd", "pwd", "pass", "passphrase", "key", "keys", "apikey", "auth",
    "authorization", "credential", "credentials", "cookie", "session", "private", "signature", "bearer",
  ]

  /// Whether one of its words, `API_KEY`, `apiKey`, `X-Api-Key`, says so.
  static func isSecret(_ name: String) -> Bool {
    var word = ""
    var wasLower = false
    for scalar in name.unicodeScalars {
      let isLetter = scalar.properties.isAlphabetic
      let isUpper = scalar.properties.isUppercase
      if !isLetter || (isUpper && wasLower) {
        if words.contains(word) { return true }
        word = ""
      }
      if isLetter { word += scalar.properties.lowercaseMapping }
      wasLower = isLetter && !isUpper
    }
    return words.contains(word)
  }
}
