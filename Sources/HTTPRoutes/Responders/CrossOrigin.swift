// Cross-origin resource sharing (Fetch standard, section 3.2): which origins may read an answer, and the preflight that
// asks first.

import HTTPCore

/// One route's rules, ready to apply.
struct CrossOrigin: Sendable {
  private let options: CORSOptions
  private let credentialsFields: [FieldLine]
  private let exposeFields: [FieldLine]

  init(_ options: CORSOptions) {
    self.options = options
    credentialsFields = options.credentials ? [FieldLine("Access-Control-Allow-Credentials", "true")] : []
    exposeFields = options.expose.isEmpty ? [] : [FieldLine("Access-Control-Expose-Headers", options.expose.joined(separator: ", "))]
  }

  /// The fields an answer carries for a request from `origin`; nil for one that names none.
  func fields(origin: String?) -> [FieldLine] {
    // A cache must not hand one origin's answer to another, so `Vary` is there for every client.
    let vary: [FieldLine] = options.origins == .any ? [] : [FieldLine("Vary", "Origin")]
    guard let origin, let allowed = allowedOrigin(origin) else { return vary }
    return vary + [FieldLine("Access-Control-Allow-Origin", allowed)] + credentialsFields + exposeFields
  }

  /// The fields of the answer to a preflight (section 3.2.2). `methods` are those of the path.
  func preflightFields(origin: String, requestedHeaders: String?, methods: MethodSet) -> [FieldLine] {
    var fields: [FieldLine] = []
    if options.origins != .any { fields.append(FieldLine("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")) }
    guard let allowed = allowedOrigin(origin) else { return fields }
    fields.append(FieldLine("Access-Control-Allow-Origin", allowed))
    fields += credentialsFields
    fields.append(FieldLine("Access-Control-Allow-Methods", options.methods?.joined(separator: ", ") ?? methods.allowValue))
    if let granted = options.headers?.joined(separator: ", ") ?? requestedHeaders {
      fields.append(FieldLine("Access-Control-Allow-Headers", granted))
    }
    if let maxAge = options.maxAge { fields.append(FieldLine("Access-Control-Max-Age", String(maxAge.components.seconds))) }
    return fields
  }

  // MARK: Another's rule

  /// Whether a field says which pages may read an answer. Two of them are none: browsers refuse both.
  static func isRuled(_ name: String) -> Bool { FieldSyntax.lowercased(name).hasPrefix("access-control-") }

  /// The fields of an answer without what its author, an upstream say, rules: this rule takes its place.
  /// `fields(origin:)` adds the Vary.
  func withoutRuled(_ fields: [FieldLine]) -> [FieldLine] {
    fields.compactMap { field in
      if Self.isRuled(field.name) { return nil }
      guard options.origins != .any, FieldSyntax.equalIgnoringCase(field.name, "vary") else { return field }
      let others = FieldSyntax.listElements(field.value).filter { !FieldSyntax.equalIgnoringCase($0, "origin") }
      return others.isEmpty ? nil : FieldLine(field.name, others.joined(separator: ", "))
    }
  }

  private func allowedOrigin(_ origin: String) -> String? {
    switch options.origins {
    case .any: "*"
    case .list(let origins): origins.contains(origin) ? origin : nil
    }
  }
}
