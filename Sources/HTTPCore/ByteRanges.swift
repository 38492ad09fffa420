// The byte ranges that a Range field asks for (RFC 9110 §14.1.2, §14.2), resolved against the size of what it asks them
// of.

package enum ByteRanges: Equatable, Sendable {
  /// Answer as if there were no Range field: another unit, malformed, of nothing, or a set that costs more to answer
  /// than the whole.
  case ignore
  /// Answer 416 with `Content-Range: bytes */SIZE`.
  case unsatisfiable
  /// Answer 206 with these, in the order they were asked for. Each is non-empty and within the size.
  case ranges([Range<Int64>])

  /// Reads the value of a Range field.
  ///
  /// Two kinds of set are ignored on purpose (RFC 9110 §14.2 leaves that to the server): one with more than `limit`
  /// ranges, and one in which more than two ranges overlap. A client that resumes or seeks sends neither, and they make
  /// a small request cost a large answer.
  ///
  /// - Parameters:
  ///   - size: of the representation, in octets.
  ///   - limit: 16 leaves room for a PDF viewer, the one common client that asks for several.
  package static func parse(_ value: String, size: Int64, limit: Int = 16) -> ByteRanges {
    precondition(size >= 0)
    // There is no part of nothing to send, nor a position in it to name: the whole is the one answer, whatever the
    // range.
    guard size > 0 else { return .ignore }
    guard let equals = value.utf8.firstIndex(of: Octet.equals),
      FieldSyntax.equalIgnoringCase(value[..<equals], "bytes")
    else { return .ignore }
    let specifications = value[value.utf8.index(after: equals)...].utf8.split(separator: Octet.comma, omittingEmptySubsequences: false)
    var ranges: [Range<Int64>] = []
    var count = 0
    for specification in specifications {
      let text = FieldSyntax.trimmed(Substring(specification))
      if text.isEmpty { continue }
      count += 1
      guard count <= limit, let wanted = Specification(text) else { return .ignore }
      switch wanted {
      case .from(let first, let last):
        if first < size { ranges.append(first..<min(last, size - 1) + 1) }
      case .suffix(let length):
        if length > 0 { ranges.append(max(0, size - length)..<size) }
      }
    }
    if count == 0 { return .ignore }
    if ranges.isEmpty { return .unsatisfiable }
    return overlaps(ranges) > 1 ? .ignore : .ranges(ranges)
  }

  /// The value of a Content-Range field for one part, `bytes 0-499/1234` (RFC 9110 §14.4).
  package static func contentRange(_ range: Range<Int64>, size: Int64) -> String {
    "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
  }

  /// The value of the Content-Range field of a 416 answer.
  package static func unsatisfiedContentRange(size: Int64) -> String { "bytes */\(size)" }

  private enum Specification {
    /// First and last position, both included.
    case from(Int64, Int64)
    /// So many octets at the end.
    case suffix(Int64)

    init?(_ text: Substring) {
      let parts = text.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      if parts[0].isEmpty {
        guard let length = Self.number(parts[1]) else { return nil }
        self = .suffix(length)
        return
      }
      guard let first = Self.number(parts[0]) else { return nil }
      if parts[1].isEmpty {
        self = .from(first, .max)
        return
      }
      guard let last = Self.number(parts[1]), first <= last else { return nil }
      self = .from(first, last)
    }

    /// A number past `Int64.max` is past the end of everything.
    private static func number(_ digits: Substring.UTF8View) -> Int64? {
      var value: Int64 = 0
      for byte in digits {
        guard Octet.isDigit(byte) else { return nil }
        let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflowedToo) = product.addingReportingOverflow(Int64(byte - 0x30))
        value = overflowed || overflowedToo || value == .max ? .max : sum
      }
      return digits.isEmpty ? nil : value
    }
  }

  /// How many ranges begin before an earlier one, in order of position, has ended.
  private static func overlaps(_ ranges: [Range<Int64>]) -> Int {
    var count = 0
    var end: Int64 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound < end { count += 1 }
      end = max(end, range.upperBound)
    }
    return count
  }
}
