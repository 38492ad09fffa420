// `when`: what a request must be like besides its path and its method.

import AsyncHTTPServer
import HTTPCore
import JSONText
import YAMLDocument

/// Reads one `when`, and those in it.
struct WhenDecoder {
  static let key = Key("when", .mapping(keys), "What a request must be like besides path and method for the route to answer it.")

  static let keys = KeyTable(
    "when",
    [
      Key("path", tests, "Tests of the path's parameters, by name."),
      Key("host", TestDecoder.definition, "A test of the Host, without the port and in lower case."),
      Key("query", tests, "Tests of query parameters, by name; one of the values of a name has to pass."),
      Key("headers", tests, "Tests of header fields, by name."),
      Key("cookies", tests, "Tests of cookies, by name."),
      Key("form", tests, "Tests of the fields of a form in the body, by name."),
      Key("body", TestDecoder.definition, "A test of the body as text."),
      Key("json", .anything, "What the body, read as JSON, contains at least."),
      Key("jsonpath", tests, "Tests of what JSONPath expressions (RFC 9535) select from the body."),
      Key("client", .list(of: .text, atLeast: 1), "Networks, or addresses: the client's address is in one of them."),
      Key("state", .entries(names: ".", .anything), "States, by name: the value that each has, or a list of such values."),
      Key("exact", .list(of: .words(Exact.allCases.map(\.rawValue)), atLeast: 1), "Nothing else is there in query, json or form."),
      Key("any_of", .sequence(of: .named("when")), "One of these holds."),
      Key("not", .named("when"), "This does not hold."),
    ])

  private static let tests = Shape.entries(names: ".", TestDecoder.definition)

  private enum Exact: String, CaseIterable {
    case query, json, form
  }

  /// How deep any_of and not nest, at most.
  private static let maxDepth = 16

  private let context: DecodingContext
  /// Nil if the path could not be understood.
  private let pattern: PathPattern?
  private let depth: Int
  private var parts: [(span: SourceSpan, part: RequestPredicate.Part)] = []

  /// Nil after reporting what is wrong.
  static func decode(_ value: SettingsDecoder, pattern: PathPattern?) -> RequestPredicate? {
    decode(value, pattern: pattern, depth: 0)
  }

  private static func decode(_ value: SettingsDecoder, pattern: PathPattern?, depth: Int) -> RequestPredicate? {
    guard depth < maxDepth else {
      value.error("conditions nest at most \(maxDepth) levels deep")
      return nil
    }
    guard let mapping = value.mapping(keys, "a condition such as {query: {page: \"2\"}}") else { return nil }
    let errorCount = value.context.errorCount
    var decoder = WhenDecoder(context: value.context, pattern: pattern, depth: depth)
    decoder.decode(mapping)
    mapping.finish()
    guard value.context.errorCount == errorCount else { return nil }
    guard !decoder.parts.isEmpty else {
      value.error("a condition without a test always holds; leave \"when\" out")
      return nil
    }
    return RequestPredicate(decoder.parts.sorted { $0.span < $1.span }.map(\.part))
  }

  private init(context: DecodingContext, pattern: PathPattern?, depth: Int) {
    self.context = context
    self.pattern = pattern
    self.depth = depth
  }

  private mutating func decode(_ mapping: MappingDecoder) {
    let exact = mapping.take("exact").map { self.exact($0) } ?? []
    let query = names(mapping, "query", "a query parameter") { .query($0) }
    names(mapping, "headers", "a header field", isValid: { FieldSyntax.isToken($0[...]) }) { .header($0.lowercased()) }
    names(mapping, "cookies", "a cookie") { .cookie($0) }
    let form = names(mapping, "form", "a form field") { .form($0) }
    names(mapping, "path", "a parameter of the path", isValid: { [pattern] in Self.hasParameter($0, pattern) }) { .path($0) }
    if let host = mapping.take("host"), let matcher = TestDecoder.decode(host, .init(noun: "the host", isLowercase: true)) {
      add(host, RequestPredicate.Part("host", .value(.host, matcher)))
    }
    if let body = mapping.take("body"), let matcher = TestDecoder.decode(body, .init(noun: "the body")) {
      add(body, RequestPredicate.Part("body", .value(.body, matcher)))
    }
    let json = mapping.take("json")
    if let json, let expected = JSONLiteral.value(of: json.node, context: context) {
      add(json, RequestPredicate.Part("json", .json(expected, exactly: exact.contains { $0.word == .json })))
    }
    jsonPaths(mapping)
    if let client = mapping.take("client") { networks(client) }
    states(mapping)
    for (word, value) in exact {
      switch word {
      case .query: add(value, RequestPredicate.Part("exact query", .onlyQuery(Set(query))))
      case .form: add(value, RequestPredicate.Part("exact form", .onlyForm(Set(form))))
      case .json: if json == nil { value.error("\"exact: [json]\" needs \"json\", which says what the body is") }
      }
    }
    nested(mapping)
  }

  private mutating func add(_ value: SettingsDecoder, _ part: RequestPredicate.Part) { parts.append((value.node.span, part)) }

  // MARK: By name

  /// Adds a test for each name of a mapping; answers the names.
  @discardableResult
  private mutating func names(
    _ mapping: MappingDecoder, _ key: String, _ noun: String, isValid: (String) -> Bool = { _ in true },
    _ make: (String) -> ValueName
  ) -> [String] {
    guard let value = mapping.take(key) else { return [] }
    guard let pairs = value.node.mapping, !pairs.isEmpty else {
      value.errorExpected("names and their tests, such as {\(key == "headers" ? "Accept" : "name"): \"value\"}")
      return []
    }
    for pair in pairs {
      let name = pair.key.text
      guard isValid(name) else {
        context.error(invalid(name, key), at: pair.keySpan)
        continue
      }
      let test = SettingsDecoder(node: pair.value, context: context)
      guard let matcher = TestDecoder.decode(test, .init(noun: noun)) else { continue }
      parts.append((pair.keySpan, RequestPredicate.Part("\(key).\(name)", .value(make(name), matcher))))
    }
    return pairs.map(\.key.text)
  }

  private static func hasParameter(_ name: String, _ pattern: PathPattern?) -> Bool {
    guard let pattern else { return true }
    return pattern.parameterNames.contains(name) || name == "**" && pattern.hasRest
  }

  private func invalid(_ name: String, _ key: String) -> String {
    if key == "path", let pattern, let message = TemplateError.unknownParameter(name, pattern: pattern) { return message }
    return "\"\(name.excerpt)\" is not the name of a header field"
  }

  private mutating func jsonPaths(_ mapping: MappingDecoder) {
    guard let value = mapping.take("jsonpath") else { return }
    guard let pairs = value.node.mapping, !pairs.isEmpty else {
      return value.errorExpected("expressions and their tests, such as {\"$.items[*].sku\": a1}")
    }
    for pair in pairs {
      let text = pair.key.text
      let test = SettingsDecoder(node: pair.value, context: context)
      let matcher = TestDecoder.decode(test, .init(noun: "what the expression selects", isJSON: true))
      do throws(JSONPathError) {
        let path = try JSONPath(text, engine: PatternEngine.jsonPath)
        if let matcher { parts.append((pair.keySpan, RequestPredicate.Part("jsonpath \(text)", .jsonPath(JSONPathTest(path, matcher))))) }
      } catch {
        let key = YAMLNode(.scalar(pair.key), span: pair.keySpan)
        context.error("not a JSONPath: \(error.message)", at: key.span(ofScalars: max(0, error.column - 1)..<error.column))
      }
    }
  }

  // MARK: Others

  private mutating func networks(_ value: SettingsDecoder) {
    guard let items = value.list("an address or a network such as 10.0.0.0/8, or a list of them") else { return }
    var networks = TrustedProxies()
    for item in items {
      guard let text = item.nonEmptyText("an address or a network such as 10.0.0.0/8") else { continue }
      if text == "unix" {
        networks.trustsUnixPeers = true
      } else if !networks.trust(text) {
        item.error("expected an address or a network such as 10.0.0.0/8, found \"\(text.excerpt)\"")
      }
    }
    add(value, RequestPredicate.Part("client", .client(networks)))
  }

  private mutating func states(_ mapping: MappingDecoder) {
    guard let value = mapping.take("state") else { return }
    guard let pairs = value.node.mapping, !pairs.isEmpty else {
      return value.errorExpected("states and their values, such as {order: open}")
    }
    for pair in pairs {
      let name = pair.key.text
      context.checkState(name, at: pair.keySpan)
      if let items = pair.value.sequence, items.isEmpty {
        context.error("an empty list of values never passes; a state that is an empty list is [[]]", at: pair.value.span)
        continue
      }
      let values = (pair.value.sequence ?? [pair.value]).compactMap { JSONLiteral.value(of: $0, context: context) }
      parts.append((pair.keySpan, RequestPredicate.Part("state.\(name)", .state(name, values))))
    }
  }

  private func exact(_ value: SettingsDecoder) -> [(word: Exact, value: SettingsDecoder)] {
    guard let items = value.list("query, json or form, or a list of them") else { return [] }
    return items.compactMap { item in item.choice(Exact.self).map { ($0, item) } }
  }

  private mutating func nested(_ mapping: MappingDecoder) {
    let not = mapping.take("not")
    if let value = mapping.take("any_of") {
      guard let items = value.node.sequence, !items.isEmpty else { return value.errorExpected("a list of conditions") }
      let predicates = items.compactMap {
        Self.decode(SettingsDecoder(node: $0, context: context), pattern: pattern, depth: depth + 1)
      }
      add(value, RequestPredicate.Part("any_of", .anyOf(predicates)))
    }
    if let not, let predicate = Self.decode(not, pattern: pattern, depth: depth + 1) {
      add(not, RequestPredicate.Part("not", .not(predicate)))
    }
  }
}
