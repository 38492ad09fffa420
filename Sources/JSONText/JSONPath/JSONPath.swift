// JSONPath (RFC 9535): a query that selects nodes of a JSON value.
//
// - JSONPathQuery: what a query is made of; JSONPathParser and JSONPathFilterParser read it
// - JSONPathEvaluator and JSONPathFilter select, within a bound of steps
// - JSONPathNode: what is selected, with its normalised path
// - JSONPathPattern and IRegexp: patterns of `match` and `search`, for which the caller brings the engine

/// A compiled query of RFC 9535, whole: all selectors, filters and the functions `length`, `count`, `match`, `search`
/// and `value`.
package struct JSONPath: Sendable {
  /// In characters; longer queries are refused.
  package static let maxLength = 4_096
  /// How deep filters, parentheses and functions may be nested.
  package static let maxNesting = 32

  /// What a query selected.
  package struct Selection: Sendable {
    /// In the order of RFC 9535; members of an object in the order of the text.
    package let nodes: [JSONPathNode]
    /// Whether the bound of steps was reached. The nodes up to there are selected, and others may be missing.
    package let reachedLimit: Bool
  }

  /// As it was written.
  package let text: String
  let query: JSONPathQuery
  private let engine: JSONPathEngine?

  /// - Parameter engine: compiles the patterns of `match` and `search`. Without one, a query with either is refused.
  /// - Throws: what was expected, and at which character.
  package init(_ text: String, engine: JSONPathEngine? = nil) throws(JSONPathError) {
    var parser = JSONPathParser(text, engine: engine)
    self.text = text
    query = try parser.parse()
    self.engine = engine
  }

  /// Whether the query selects one node at most, because it consists of names and indices only.
  package var isSingular: Bool { query.isSingular }

  /// Selects nodes of `value`.
  ///
  /// - Parameter maxSteps: a step is about a node looked at, or 16 octets of a text; 50,000 of them take about
  ///     2 ms.
  package func select(from value: JSONValue, maxSteps: Int = 50_000) -> Selection {
    var evaluator = JSONPathEvaluator(root: value, engine: engine, maxSteps: maxSteps)
    let nodes = evaluator.nodes(of: query)
    return Selection(nodes: nodes, reachedLimit: evaluator.reachedLimit)
  }
}

/// Why a text is not a query of RFC 9535.
package struct JSONPathError: Error, Equatable, CustomStringConvertible {
  /// In characters (Unicode scalars), from 1.
  package let column: Int
  package let message: String

  package var description: String { "\(message) (character \(column))" }
}
