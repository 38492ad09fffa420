// The sources `random.…`, with their arguments.

package import JSONText

/// What is drawn.
package enum RandomCall: Equatable, Sendable {
  case integer(ClosedRange<Int>)
  /// A number with so many digits behind the point, as a whole number of its last digits.
  case decimal(ClosedRange<Int>, digits: Int)
  case bool
  /// Letters and digits.
  case text(count: Int)
  /// Hexadecimal digits.
  case hex(count: Int)
  case one(of: [JSONValue])
  /// A time between two distances from now, in milliseconds.
  case date(ClosedRange<Int64>)

  /// Characters of `random.text` and `random.hex`.
  static let maxLength = 10_000

  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// - Parameter now: in milliseconds since 1970.
  func draw(_ numbers: inout RandomNumbers, now: () -> Int64) -> TemplateValue {
    switch self {
    case .integer(let range): .json(.number(JSONNumber(numbers.integer(in: range))))
    case .decimal(let range, let digits): .json(.number(Self.number(numbers.integer(in: range), digits: digits)))
    case .bool: .json(.bool(numbers.next() >> 63 == 1))
    case .text(let count): .json(.string(Self.string(count, Self.letters, &numbers)))
    case .hex(let count): .json(.string(Self.string(count, Self.hexDigits, &numbers)))
    case .one(let values): .json(numbers.element(of: values))
    case .date(let range):
      TemplateTime(instant: now() + Int64(numbers.integer(in: Int(range.lowerBound)...Int(range.upperBound)))).map { .time($0) }
        ?? .missing
    }
  }

  /// `units` of so many digits behind the point: 1234 of 2 is 12.34.
  static func number(_ units: Int, digits: Int) -> JSONNumber {
    var text = String(units.magnitude)
    if text.utf8.count <= digits { text = String(repeating: "0", count: digits + 1 - text.utf8.count) + text }
    let whole = text.dropLast(digits)
    let spelling = (units < 0 ? "-" : "") + whole + (digits > 0 ? "." + text.suffix(digits) : "")
    return JSONNumber(String(spelling)) ?? JSONNumber(0)
  }

  private static func string(_ count: Int, _ letters: [UInt8], _ numbers: inout RandomNumbers) -> String {
    var octets: [UInt8] = []
    octets.reserveCapacity(count)
    for _ in 0..<count { octets.append(numbers.element(of: letters)) }
    return String(decoding: octets, as: UTF8.self)
  }
}
