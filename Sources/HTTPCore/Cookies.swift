// The cookies of a request (RFC 6265 §5.4): `name=value` pairs with a semicolon between them.

package enum Cookies {
  /// The value of the first cookie of this name, without the quotes around it; nil without one. Names differ by case. A
  /// pair without `=` is no cookie. Nothing is decoded: what escapes mean is between a page and its server.
  package static func value(of name: String, in field: Span<UInt8>) -> [UInt8]? {
    var found: [UInt8]?
    _ = contains(name, in: field) { value in
      found = value.indices.map { value[$0] }
      return true
    }
    return found
  }

  /// Whether one of the cookies of this name passes a test, which is given the value as `value(of:in:)` has it.
  package static func contains(_ name: String, in field: Span<UInt8>, where test: (Span<UInt8>) -> Bool) -> Bool {
    var start = 0
    while start < field.count {
      var end = start
      while end < field.count, field[end] != UInt8(ascii: ";") { end += 1 }
      if let value = value(of: name, pair: start..<end, field), test(field.extracting(value)) { return true }
      start = end + 1
    }
    return false
  }

  private static func value(of name: String, pair: Range<Int>, _ field: Span<UInt8>) -> Range<Int>? {
    guard let equals = pair.first(where: { field[$0] == Octet.equals }) else { return nil }
    let own = trimmed(pair.lowerBound..<equals, field)
    guard own.count == name.utf8.count, zip(own, name.utf8).allSatisfy({ field[$0] == $1 }) else { return nil }
    var value = trimmed(equals + 1..<pair.upperBound, field)
    if value.count >= 2, field[value.lowerBound] == Octet.quote, field[value.upperBound - 1] == Octet.quote {
      value = value.lowerBound + 1..<value.upperBound - 1
    }
    return value
  }

  private static func trimmed(_ range: Range<Int>, _ field: Span<UInt8>) -> Range<Int> {
    func isBlank(_ byte: UInt8) -> Bool { byte == Octet.space || byte == Octet.tab }
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(field[start]) { start += 1 }
    while end > start, isBlank(field[end - 1]) { end -= 1 }
    return start..<end
  }
}
