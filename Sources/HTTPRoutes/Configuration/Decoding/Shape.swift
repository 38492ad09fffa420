// What a value of the configuration may be, as far as an editor can check it. What depends on the file system, on other
// keys or on the route around it is for the decoder.

/// What a value may be.
package indirect enum Shape: Sendable {
  /// Any scalar but null.
  case text
  /// A text that a regular expression of ECMA 262 matches.
  case matching(String, orNumber: Bool = false)
  /// A path in the file system.
  case path
  case integer(ClosedRange<Int>)
  /// One of a few numbers.
  case numbers([Int])
  /// Bytes.
  case size(ClosedRange<Int64>)
  /// Nil: as long as durations become.
  case duration(atMost: Duration? = nil, allowsZero: Bool = false)
  case bool
  case words([String])
  /// The word `off`, or false.
  case off
  case null
  /// Any value at all: JSON.
  case anything
  /// A sequence, or one item in its place.
  case list(of: Shape, atLeast: Int = 0)
  case sequence(of: Shape)
  /// A mapping whose keys a table lists.
  case mapping(KeyTable)
  /// A mapping whose table stands elsewhere: one that may contain itself.
  case named(String)
  /// A mapping whose keys match a regular expression.
  case entries(names: String, Shape)
  case any([Shape])

  /// The words of a type.
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(of type: Choice.Type) -> Shape {
    .words(type.allCases.map(\.rawValue))
  }

  /// This, or a key without a value.
  var orNull: Shape { .any([self, .null]) }

  /// `auto`, a key without a value, or this.
  var orAuto: Shape { .any([.words(["auto"]), self, .null]) }

  /// The alternative that is neither words nor null: bounds are read from it.
  var bounds: Shape {
    guard case .any(let shapes) = self else { return self }
    return shapes.first { if case .words = $0 { false } else if case .null = $0 { false } else { true } } ?? self
  }

  /// Whether it is a mapping of names that a table does not list.
  var isEntries: Bool {
    switch self {
    case .entries: true
    case .any(let shapes): shapes.contains { $0.isEntries }
    default: false
    }
  }

  /// The words that may stand in the place of a value.
  var words: [String] {
    switch self {
    case .words(let words): words
    case .any(let shapes): shapes.flatMap(\.words)
    default: []
    }
  }

  var allowsNull: Bool {
    switch self {
    case .null, .anything: true
    case .any(let shapes): shapes.contains { $0.allowsNull }
    default: false
    }
  }

  /// The tables of the mappings that this may be or contain.
  var tables: [KeyTable] {
    switch self {
    case .mapping(let table): [table]
    case .list(let item, _), .sequence(let item), .entries(_, let item): item.tables
    case .any(let shapes): shapes.flatMap(\.tables)
    default: []
    }
  }
}

extension Shape {
  /// A token of RFC 9110 section 5.6.2.
  static let token = "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$"

  static let fieldNames = Shape.list(of: .matching(token))
  static let method = Shape.any([.words(MethodsDecoder.common), .matching(token)])
  static let methods = Shape.any([.words(["any"]), .list(of: method, atLeast: 1)])
  static let status = Shape.integer(StatusDecoder.range)
  /// A text with an expression in it.
  static let template = Shape.matching("\\{\\{")
  static let headers = Shape.entries(names: token, .any([.list(of: .text), .null])).orNull
}
