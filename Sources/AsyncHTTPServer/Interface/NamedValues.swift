// Names and values in the order they came: the items of a query, the fields of a form, cookies.

import HTTPCore

/// Pairs of a name and a value, in the order they came. A name may stand in it several times.
///
/// ```swift
/// let page = request.queryItems["page"]
/// let tags = request.queryItems.values(of: "tag")
/// ```
public struct NamedValues: RandomAccessCollection, Hashable, Sendable {
  /// One pair, decoded.
  public struct Element: Hashable, Sendable {
    /// Case counts.
    public let name: String
    /// Empty where the pair has none.
    public let value: String

    /// A pair.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  private let pairs: [Element]

  package init(_ pairs: [Element]) { self.pairs = pairs }

  /// Pairs as forms have them.
  init(_ parameters: QueryParameters) { pairs = parameters.map { Element(name: $0.name, value: $0.value) } }

  /// The same. By itself, since Swift 6.3.1 crashes on the span of what an async call returns.
  init(formContent bytes: [UInt8]) { self.init(QueryParameters(bytes.span)) }

  /// 0.
  public var startIndex: Int { 0 }
  /// The number of pairs.
  public var endIndex: Int { pairs.count }
  /// The pair at a position, `startIndex` to `endIndex`.
  public subscript(position: Int) -> Element { pairs[position] }

  /// The first value of this name; nil without one.
  public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// All values of this name, in order.
  public func values(of name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  /// The first value of this name. Throws `HTTPError` 400 without one.
  public func require(_ name: String) throws -> String {
    guard let value = self[name] else { throw HTTPError(.badRequest, "\(name) is missing") }
    return value
  }

  /// The first value of this name, read as a number or the like. Throws `HTTPError` 400 without one, and for one that
  /// does not read as a `T`.
  public func require<T: LosslessStringConvertible>(_ name: String, as type: T.Type) throws -> T {
    let text = try require(name)
    guard let value = T(text) else { throw HTTPError(.badRequest, "\(name) must be \(type), not \"\(text.prefix(100))\"") }
    return value
  }
}

extension NamedValues {
  /// The pairs of Cookie fields, read as `Cookies` reads them. A piece without `=` is a value without a name.
  init(cookies lines: [String]) {
    var pairs: [Element] = []
    for line in lines {
      let octets = Array(line.utf8)
      Cookies.forEach(in: octets.span) { name, value in
        func text(_ range: Range<Int>) -> String { String(decoding: octets[range], as: UTF8.self) }
        pairs.append(Element(name: name.map(text) ?? "", value: text(value)))
        return true
      }
    }
    self.init(pairs)
  }
}
