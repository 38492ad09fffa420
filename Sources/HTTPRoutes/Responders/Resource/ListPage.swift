// Which part of a list is asked for, and the links to the others (RFC 8288).

import HTTPCore

/// The page of a list.
struct ListPage: Sendable {
  /// How the request says where the page begins; the links say it in the same way.
  private enum Start {
    case none
    case page(name: String, Int)
    case offset(name: String, Int)
  }

  private var start = Start.none
  /// Nil: without a bound.
  private(set) var limit: Int?
  private var limitName: String?
  /// Of `_end`, which is counted from the start of the list.
  private var end: Int?

  /// Of `page` without `limit`.
  static let defaultLimit = 10

  /// Far beyond the longest list, and far from the limits of Int.
  private static let maxNumber = 1 << 40

  static let names: Set<String> = [
    "page", "_page", "limit", "_limit", "_per_page", "per_page", "offset", "_offset", "_start", "_end",
  ]

  /// Takes one of `names`. Throws for what is not a number.
  mutating func take(_ name: String, _ value: String) throws(ListQueryError) {
    switch name {
    case "page", "_page": try setStart(.page(name: name, try Self.number(name, value, from: 1)))
    case "offset", "_offset", "_start": try setStart(.offset(name: name, try Self.number(name, value, from: 0)))
    case "_end": end = try Self.number(name, value, from: 0)
    default:
      limit = try Self.number(name, value, from: 1)
      limitName = name
    }
  }

  private mutating func setStart(_ new: Start) throws(ListQueryError) {
    guard case .none = start else { throw ListQueryError(message: "the query says twice where the page begins") }
    start = new
  }

  private static func number(_ name: String, _ value: String, from least: Int) throws(ListQueryError) -> Int {
    // Int would read a sign.
    guard let number = Int(value), number >= least, number <= maxNumber, value.utf8.allSatisfy({ $0 >= 0x30 }) else {
      throw ListQueryError(message: "\(name) is a whole number from \(least), not \"\(value.prefix(100))\"")
    }
    return number
  }

  /// Once all names are taken. Throws where they contradict each other.
  mutating func finish() throws(ListQueryError) {
    if let end {
      guard limit == nil else { throw ListQueryError(message: "the query says both where the page ends and how long it is") }
      guard end > offset, !isPage else { throw ListQueryError(message: "_end goes with a _start before it") }
      limit = end - offset
    }
    if isPage, limit == nil { limit = Self.defaultLimit }
  }

  private var isPage: Bool { if case .page = start { true } else { false } }

  /// How many items come before the page.
  private var offset: Int {
    switch start {
    case .none: return 0
    case .offset(_, let offset): return offset
    case .page(_, let page):
      let (offset, overflows) = (page - 1).multipliedReportingOverflow(by: limit ?? Self.defaultLimit)
      return overflows ? .max : offset
    }
  }

  /// The page's number, from 1.
  var number: Int {
    if case .page(_, let page) = start { return page }
    return limit.map { offset / $0 + 1 } ?? 1
  }

  /// The places of the page in a list of so many items.
  func range(of count: Int) -> Range<Int> {
    let first = min(offset, count)
    return first..<min(count - first, limit ?? .max) + first
  }

  // MARK: Links

  /// The value of Link: the first, previous, next and last page, as far as they are there. Nil for a list without
  /// pages.
  ///
  /// - Parameters:
  ///   - path: of the list, as a URI has it.
  ///   - query: of the request, as it was sent: all of it but the page is kept.
  ///   - total: items on all pages.
  func link(path: String, query: Span<UInt8>, total: Int) -> String? {
    guard let limit else { return nil }
    let kept = keptQuery(query)
    let last = total == 0 ? 0 : (total - 1) / limit * limit
    var links: [(offset: Int, relation: String)] = [(0, "first")]
    if offset > 0 { links.append((max(0, min(offset - limit, last)), "prev")) }
    if offset < total - limit { links.append((offset + limit, "next")) }
    links.append((last, "last"))
    return links.map { link in
      let query = (kept + position(link.offset, limit)).joined(separator: "&")
      return "<\(path)?\(query)>; rel=\"\(link.relation)\""
    }.joined(separator: ", ")
  }

  /// The parameters that say where a page begins, at another offset.
  private func position(_ offset: Int, _ limit: Int) -> [String] {
    switch start {
    case .page(let name, _): return ["\(name)=\(offset / limit + 1)"]
    case .offset(let name, _): return ["\(name)=\(offset)"] + (end == nil ? [] : ["_end=\(offset + limit)"])
    case .none where end != nil: return ["_start=\(offset)", "_end=\(offset + limit)"]
    case .none: return ["\(limitName?.hasPrefix("_") == true ? "_page" : "page")=\(offset / limit + 1)"]
    }
  }

  /// The parameters of a query but those that say where the page begins, as they were sent.
  private func keptQuery(_ query: Span<UInt8>) -> [String] {
    let replaced: Set<String> = ["page", "_page", "offset", "_offset", "_start", "_end"]
    return query.copied.split(separator: UInt8(ascii: "&")).compactMap { pair in
      let octets = Array(pair)
      let name = QueryParameters(octets.span).spelledPairs.first?.name
      return name.map(replaced.contains) == true ? nil : QueryText.escaped(octets.span)
    }
  }
}
