// Which exchanges an operator asks for. What can be told from the record's header is asked first, and an exchange is
// only read where that holds.

import HTTPCore
import HTTPRoutes

/// Conditions that all have to hold.
struct JournalFilter: Sendable {
  enum Status: Equatable, Sendable {
    case exactly(Int)
    /// The hundreds: 4 for `4xx`.
    case ofClass(Int)

    func includes(_ status: Int) -> Bool {
      switch self {
      case .exactly(let number): status == number
      case .ofClass(let hundreds): status / 100 == hundreds
      }
    }
  }

  enum Path: Sendable {
    case prefix([UInt8])
    /// An index of the one pattern.
    case pattern(RouteIndex)
  }

  var route: String?
  /// In upper case; empty for all of them.
  var methods: [String] = []
  /// Empty for all of them.
  var statuses: [Status] = []
  var path: Path?
  /// In lower case; looked for in the target, in fields and in bodies.
  var text: [UInt8]?
  var since: RFC3339Time?
  var until: RFC3339Time?
  var isMatched: Bool?
  var outcome: String?

  /// Whether the header and the route of a record fit.
  func mayInclude(_ kept: KeptExchange) -> Bool {
    let header = kept.header
    if !statuses.isEmpty, !statuses.contains(where: { $0.includes(Int(header.status)) }) { return false }
    if let isMatched, kept.isMatched != isMatched { return false }
    if let since, kept.time < since { return false }
    if let until, kept.time > until { return false }
    if let outcome, kept.outcome != outcome { return false }
    if let route, kept.route != route { return false }
    return true
  }

  /// Whether the rest fits too.
  func includes(_ shown: ShownExchange) -> Bool {
    if !methods.isEmpty, !methods.contains(shown.methodText.uppercased()) { return false }
    if let path {
      guard let own = shown.normalizedPath else { return false }
      switch path {
      case .prefix(let prefix): if !own.starts(with: prefix) { return false }
      case .pattern(let index):
        guard case .matched = index.match(path: own.span, method: .get) else { return false }
      }
    }
    if let text, !shown.contains(text) { return false }
    return true
  }
}

extension ShownExchange {
  /// The path that routes are compared with; nil where the target has none.
  var normalizedPath: [UInt8]? {
    var path = target.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    if let scheme = Array(path).firstIndex(of: Array("://".utf8)), path.first != UInt8(ascii: "/") {
      path = path[(path.startIndex + scheme + 3)...].drop { $0 != UInt8(ascii: "/") }
      if path.isEmpty { return [UInt8(ascii: "/")] }
    }
    return try? PathNormalization.normalize(Array(path).span).bytes
  }

  /// Whether a text stands in the target, in a field or in a body, whatever the case of its letters.
  ///
  /// - Parameter text: in lower case.
  func contains(_ text: [UInt8]) -> Bool {
    if target.lowercasedASCII.firstIndex(of: text) != nil { return true }
    for message in [request, answer] {
      for field in message.fields {
        let line = Array(field.name.utf8) + [0x3A, 0x20] + field.value
        if line.lowercasedASCII.firstIndex(of: text) != nil { return true }
      }
      if message.body.lowercasedASCII.firstIndex(of: text) != nil { return true }
    }
    return false
  }
}
