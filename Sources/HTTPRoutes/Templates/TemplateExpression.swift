// What stands between double braces: a source and its filters.

/// `{{ SOURCE | FILTER | … }}`, compiled.
package struct TemplateExpression: Sendable {
  /// Characters between the braces.
  static let maxLength = 2_000
  static let maxFilterCount = 16

  /// As it was written, without the braces and the blanks around it.
  package let text: String
  /// The source alone, as it was written.
  let name: String
  /// Where it stands, `file:line:column`, for the log.
  let place: String
  let source: TemplateSource
  let filters: [TemplateFilter]

  var needsBody: Bool { source.needsBody || filters.contains { $0.needsBody } }

  /// Whether the operator has said how the value is escaped.
  var isEscaped: Bool { filters.contains(.html) || filters.contains(.raw) }

  /// Whether a client chooses what is said.
  var isOfClient: Bool { source.isOfClient || filters.contains { $0.operand?.isOfClient ?? false } }
}

extension TemplateExpression: Equatable {
  /// Wherever it stands: a route that moves in its file has not changed.
  package static func == (left: Self, right: Self) -> Bool {
    left.text == right.text && left.source == right.source && left.filters == right.filters
  }
}
