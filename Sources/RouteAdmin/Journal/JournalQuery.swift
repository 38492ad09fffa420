// The query of a request to the journal: `?route=…&status=4xx&limit=10`. A parameter that is not understood is an
// error that names it and what it takes, so that a misspelt filter does not select everything.

import HTTPCore
import HTTPRoutes

/// Which entries, how many, from where.
package struct JournalQuery: Sendable {
  /// Entries of one answer.
  package static let maxLimit = 1_000
  package static let maxWait = Duration.seconds(60)
  /// Octets of a text that is looked for.
  static let maxTextLength = 1_000

  var filter = JournalFilter()
  package internal(set) var limit = 100
  /// Entries with lower ids alone.
  var before: Int?
  /// Entries with higher ids alone.
  var after: Int?
  /// How long to wait for the first that fits.
  package internal(set) var wait = Duration.zero

  /// What a parameter cannot be read as.
  package struct Invalid: Error, Equatable {
    let parameter: String
    let message: String
  }

  /// The parameters of filters, in the order in which errors name them.
  static let filterNames = ["route", "method", "status", "path", "text", "since", "until", "matched", "outcome"]
  static let pageNames = ["limit", "before", "after", "wait"]

  /// Reads a raw query. Throws the first parameter that is not understood.
  package init(_ raw: [UInt8]) throws(Invalid) { try self.init(raw, names: Self.filterNames + Self.pageNames) }

  /// - Parameter names: the parameters that may be there.
  init(_ raw: [UInt8], names: [String]) throws(Invalid) {
    var seen: Set<String> = []
    for (name, value) in QueryParameters(raw.span).spelledPairs {
      guard names.contains(name) else {
        let meant = Suggestion.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw Invalid(
          parameter: name, message: "there is no such parameter\(meant) There are \(names.joined(separator: ", "))")
      }
      guard seen.insert(name).inserted else { throw Invalid(parameter: name, message: "the parameter is there twice; give it once") }
      // An empty field of a form that filters is no filter.
      if value.isEmpty { continue }
      try read(name, value)
    }
  }

  private mutating func read(_ name: String, _ value: String) throws(Invalid) {
    func invalid(_ message: String) -> Invalid { Invalid(parameter: name, message: "\(message), found \"\(Self.excerpt(value))\"") }
    switch name {
    case "route": filter.route = value
    case "method": filter.methods = value.split(separator: ",").map { String($0).uppercased() }
    case "status":
      filter.statuses = try value.split(separator: ",").map { word throws(Invalid) in
        guard let status = Self.status(word) else { throw invalid("expected a status such as 404, or a class such as 4xx") }
        return status
      }
    case "path": filter.path = try path(value)
    case "text":
      guard value.utf8.count <= Self.maxTextLength else {
        throw Invalid(parameter: name, message: "a text has at most \(Self.maxTextLength) octets")
      }
      filter.text = ObsText.octets(value).lowercasedASCII
    case "since", "until":
      // In a query a plus sign is a space, so that the offset of a time often comes as one.
      guard let time = RFC3339Time(value) ?? RFC3339Time(value.replacing(" ", with: "+")) else {
        throw invalid("expected a time such as 2026-01-15T09:30:00Z")
      }
      if name == "since" { filter.since = time } else { filter.until = time }
    case "matched":
      guard value == "true" || value == "false" else { throw invalid("expected true or false") }
      filter.isMatched = value == "true"
    case "outcome": filter.outcome = value
    case "limit":
      guard let number = Int(value), (1...Self.maxLimit).contains(number) else {
        throw invalid("expected a number from 1 to \(Self.maxLimit)")
      }
      limit = number
    case "before", "after":
      guard let id = Int(value), id >= 0 else { throw invalid("expected the id of an entry") }
      if name == "before" { before = id } else { after = id }
    default:
      guard let duration = Self.seconds(value), duration <= Self.maxWait else {
        throw invalid("expected seconds such as 30s, at most 60s")
      }
      wait = duration
    }
  }

  private static func status(_ word: Substring) -> JournalFilter.Status? {
    if let number = Int(word), (100...999).contains(number), word.utf8.count == 3 { return .exactly(number) }
    guard word.utf8.count == 3, word.lowercased().hasSuffix("xx"), let hundreds = word.first?.wholeNumberValue, (1...9).contains(hundreds)
    else { return nil }
    return .ofClass(hundreds)
  }

  /// `30s`, `500ms` or `30`, which is seconds.
  private static func seconds(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number <= 1_000_000 else { return nil }
    switch text.dropFirst(digits.count) {
    case "", "s": return .seconds(number)
    case "ms": return .milliseconds(number)
    default: return nil
    }
  }

  /// A pattern where the text has something that only patterns have.
  private func path(_ text: String) throws(Invalid) -> JournalFilter.Path {
    guard text.hasPrefix("/") else {
      throw Invalid(parameter: "path", message: "a path begins with \"/\", found \"\(Self.excerpt(text))\"")
    }
    guard text.contains("{") || text.contains("*") else { return .prefix(ObsText.octets(text)) }
    do throws(PathPatternError) {
      return .pattern(RouteIndex([(try PathPattern(parsing: text), .any)]))
    } catch {
      throw Invalid(parameter: "path", message: error.message)
    }
  }

  private static func excerpt(_ text: String) -> String { String(text.prefix(60)).escapingControlCharacters }
}

extension JournalQuery.Invalid: CustomStringConvertible {
  package var description: String { "\"\(String(parameter.prefix(60)).escapingControlCharacters)\": \(message)" }
}
