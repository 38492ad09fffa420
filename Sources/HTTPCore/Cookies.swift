// The cookies of a request (RFC 6265 §5.4): `name=value` pairs with a semicolon between them.
//
// The quotes around a value are left out, as most servers and frameworks leave them out: a cookie that was set as
// `id="a b"` is `a b` to its reader (RFC 6265 §4.1.1 has the quotes in the grammar of a value, and its §5.2 sends them
// back). Nothing is decoded: what escapes mean is between a page and its server. A piece without `=` is a value without
// a name, as browsers keep it (RFC 6265bis §5.7): no name finds it.

package enum Cookies {
  /// Hands the cookies to `body` in order, until it answers false: the positions of name and value in `field`, without
  /// blanks and quotes around them. The name is nil for a piece without `=`; empty pieces are left out.
  package static func forEach(in field: Span<UInt8>, _ body: (_ name: Range<Int>?, _ value: Range<Int>) -> Bool) {
    var start = 0
    while start < field.count {
      var end = start
      while end < field.count, field[end] != Octet.semicolon { end += 1 }
      let piece = trimmed(start..<end, field)
      start = end + 1
      if piece.isEmpty { continue }
      guard let equals = piece.first(where: { field[$0] == Octet.equals }) else {
        guard body(nil, piece) else { return }
        continue
      }
      let value = unquoted(trimmed(equals + 1..<piece.upperBound, field), field)
      guard body(trimmed(piece.lowerBound..<equals, field), value) else { return }
    }
  }

  /// The value of the first cookie of this name; nil without one. Names differ by case.
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
    var isFound = false
    forEach(in: field) { own, value in
      guard let own, own.count == name.utf8.count, zip(own, name.utf8).allSatisfy({ field[$0] == $1 }) else { return true }
      isFound = test(field.extracting(value))
      return !isFound
    }
    return isFound
  }

  private static func unquoted(_ value: Range<Int>, _ field: Span<UInt8>) -> Range<Int> {
    guard value.count >= 2, field[value.lowerBound] == Octet.quote, field[value.upperBound - 1] == Octet.quote else { return value }
    return value.lowerBound + 1..<value.upperBound - 1
  }

  private static func trimmed(_ range: Range<Int>, _ field: Span<UInt8>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, Octet.isBlank(field[start]) { start += 1 }
    while end > start, Octet.isBlank(field[end - 1]) { end -= 1 }
    return start..<end
  }
}
