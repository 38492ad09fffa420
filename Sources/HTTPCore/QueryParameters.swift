// The `name=value` pairs of a query, as HTML forms encode them. A query is not ours to refuse: whatever does not decode
// is kept as it stands, and octets that are not UTF-8 become U+FFFD.

/// Reads a raw query lazily: nothing is decoded before it is asked for.
package struct QueryParameters: Sequence, Sendable {
  private let bytes: [UInt8]

  /// - Parameters:
  ///   - query: what follows the `?` of a target, still encoded.
  package init(_ query: String) {
    bytes = Array(query.utf8)
  }

  package init(_ query: Span<UInt8>) {
    bytes = [UInt8](capacity: query.count) { output in
      for index in query.indices { output.append(query[index]) }
    }
  }

  /// The value of the first pair with this name. A pair without `=` has the empty value.
  package subscript(name: String) -> String? {
    var pairs = Pairs(end: bytes.count)
    while let pair = pairs.next(bytes.span) {
      if decodes(pair.name, to: name) { return decoded(pair.value) }
    }
    return nil
  }

  /// The same with octets that are not UTF-8 spelled as `ObsText` has them, so that no two values come out alike.
  package func spelledValue(of name: String) -> String? {
    var pairs = Pairs(end: bytes.count)
    while let pair = pairs.next(bytes.span) {
      if decodes(pair.name, to: name) { return ObsText.text(octets(pair.value)) }
    }
    return nil
  }

  /// All pairs in order, with octets that are not UTF-8 spelled as `ObsText` has them.
  package var spelledPairs: [(name: String, value: String)] { spelledPairs(atMost: .max) }

  /// The first of them.
  func spelledPairs(atMost count: Int) -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    var pairs = Pairs(end: bytes.count)
    while found.count < count, let pair = pairs.next(bytes.span) {
      found.append((ObsText.text(octets(pair.name)), ObsText.text(octets(pair.value))))
    }
    return found
  }

  /// The values of all pairs with this name, in order.
  package func values(of name: String) -> [String] {
    filter { $0.name == name }.map(\.value)
  }

  /// Whether one of the values of a name passes a test, which is given the decoded octets. A value without escapes is
  /// not copied.
  package static func contains(_ name: String, in query: Span<UInt8>, where test: (Span<UInt8>) -> Bool) -> Bool {
    var pairs = Pairs(end: query.count)
    while let pair = pairs.next(query) {
      guard decodes(query, pair.name, to: name) else { continue }
      let value = query.extracting(pair.value)
      if value.indices.contains(where: { value[$0] == Octet.percent || value[$0] == 0x2B }) {
        if test(octets(query, pair.value).span) { return true }
      } else if test(value) {
        return true
      }
    }
    return false
  }

  package func makeIterator() -> Iterator { Iterator(query: self) }

  package struct Iterator: IteratorProtocol {
    private let query: QueryParameters
    private var pairs: Pairs

    init(query: QueryParameters) {
      self.query = query
      pairs = Pairs(end: query.bytes.count)
    }

    package mutating func next() -> (name: String, value: String)? {
      let bytes = query.bytes
      guard let pair = pairs.next(bytes.span) else { return nil }
      return (query.decoded(pair.name), query.decoded(pair.value))
    }
  }

  /// Walks the pairs by offsets. Empty ones, as in `a=1&&b=2`, do not count.
  private struct Pairs {
    private var index = 0
    private let end: Int

    init(end: Int) { self.end = end }

    mutating func next(_ bytes: Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
      while index < end, bytes[index] == 0x26 { index += 1 }
      guard index < end else { return nil }
      let start = index
      var equals: Int?
      while index < end, bytes[index] != 0x26 {
        if equals == nil, bytes[index] == Octet.equals { equals = index }
        index += 1
      }
      guard let equals else { return (start..<index, index..<index) }
      return (start..<equals, equals + 1..<index)
    }
  }

  private func decoded(_ range: Range<Int>) -> String { String(decoding: octets(range), as: UTF8.self) }

  private func octets(_ range: Range<Int>) -> [UInt8] { Self.octets(bytes.span, range) }

  private func decodes(_ range: Range<Int>, to name: String) -> Bool { Self.decodes(bytes.span, range, to: name) }

  private static func octets(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound { result.append(decode(bytes, &index, range.upperBound)) }
    return result
  }

  private static func decodes(_ bytes: Span<UInt8>, _ range: Range<Int>, to name: String) -> Bool {
    var index = range.lowerBound
    for byte in name.utf8 {
      guard index < range.upperBound, decode(bytes, &index, range.upperBound) == byte else { return false }
    }
    return index == range.upperBound
  }

  private static func decode(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> UInt8 {
    let byte = bytes[index]
    index += 1
    if byte == 0x2B { return Octet.space }
    if byte == Octet.percent, index + 1 < end, let high = Octet.hexValue(bytes[index]), let low = Octet.hexValue(bytes[index + 1]) {
      index += 2
      return high << 4 | low
    }
    return byte
  }
}
