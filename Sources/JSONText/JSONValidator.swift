// Whether bytes are one JSON text (RFC 8259), where they stop being one, and what in them is likely not meant. The
// bytes are sent as they are, so nothing is built: the names of each open object are all that is kept, and depth costs
// no stack.

/// Checks JSON texts.
package struct JSONValidator {
  package struct Problem: Equatable {
    package let line: Int
    /// In characters, from 1.
    package let column: Int
    package let message: String
  }

  private enum Bracket {
    case array, object
  }

  /// What a text has that readers take differently, or that its author may take for something else.
  package struct Doubt: Equatable {
    /// A name that its object has already.
    package struct Duplicate: Equatable {
      package let name: String
      package let place: Problem
      package let first: Problem
    }

    /// The first of them.
    package var duplicate: Duplicate?
    package var duplicateCount = 0
  }

  private struct Failure: Error {
    let offset: Int
    let message: String
  }

  /// More than any real body, and few enough to be read.
  private static let depthLimit = 1000

  private let bytes: [UInt8]
  private var index = 0
  private var open: [Bracket] = []
  /// The names of each open object, and where they stand.
  private var names: [[[UInt8]: Int]] = []
  private var duplicates: (first: Int, second: Int, name: [UInt8])?
  private var duplicateCount = 0

  /// Off for what clients send: the names of a large text take many times its room.
  private let comparesNames: Bool

  /// What is wrong with a text, if anything is.
  package static func firstProblem(in bytes: [UInt8]) -> Problem? { examine(bytes, comparesNames: false).problem }

  /// What is wrong with a text, or else what is doubtful in it.
  package static func examine(_ bytes: [UInt8], comparesNames: Bool = true) -> (problem: Problem?, doubt: Doubt) {
    if let offset = firstIllFormedUTF8(in: bytes) { return (problem(at: offset, "this is not UTF-8", in: bytes), Doubt()) }
    var validator = JSONValidator(bytes: bytes, comparesNames: comparesNames)
    do throws(Failure) {
      try validator.text()
    } catch {
      return (problem(at: error.offset, error.message, in: bytes), Doubt())
    }
    var doubt = Doubt(duplicateCount: validator.duplicateCount)
    if let (first, second, name) = validator.duplicates {
      doubt.duplicate = Doubt.Duplicate(
        name: String(decoding: name, as: UTF8.self), place: problem(at: second, "", in: bytes), first: problem(at: first, "", in: bytes))
    }
    return (nil, doubt)
  }

  private init(bytes: [UInt8], comparesNames: Bool) {
    self.bytes = bytes
    self.comparesNames = comparesNames
  }

  private mutating func text() throws(Failure) {
    try value()
    while let bracket = open.last {
      skipSpace()
      switch (bracket, current) {
      case (.array, UInt8(ascii: "]")), (.object, UInt8(ascii: "}")):
        index += 1
        close()
      case (.array, UInt8(ascii: ",")):
        index += 1
        try value()
      case (.object, UInt8(ascii: ",")):
        index += 1
        try key()
        try value()
      case (.array, _): throw expected("\",\" or \"]\"")
      case (.object, _): throw expected("\",\" or \"}\"")
      }
    }
    skipSpace()
    if index < bytes.count { throw expected("nothing more") }
  }

  /// A scalar, or the beginning of a collection up to its first scalar; closes what is empty.
  private mutating func value() throws(Failure) {
    while true {
      skipSpace()
      switch current {
      case UInt8(ascii: "["):
        try opened(.array)
        skipSpace()
        if current == UInt8(ascii: "]") { return }
      case UInt8(ascii: "{"):
        try opened(.object)
        skipSpace()
        if current == UInt8(ascii: "}") { return }
        try key()
      case UInt8(ascii: "\""): return try string()
      case UInt8(ascii: "t"): return try word("true")
      case UInt8(ascii: "f"): return try word("false")
      case UInt8(ascii: "n"): return try word("null")
      case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
      default: throw expected("a value")
      }
    }
  }

  private mutating func opened(_ bracket: Bracket) throws(Failure) {
    if open.count == Self.depthLimit { throw Failure(offset: index, message: "more than \(Self.depthLimit) brackets are open here") }
    open.append(bracket)
    if comparesNames, case .object = bracket { names.append([:]) }
    index += 1
  }

  private mutating func close() {
    if case .object = open.removeLast(), comparesNames { names.removeLast() }
  }

  private mutating func key() throws(Failure) {
    skipSpace()
    guard current == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
    let start = index
    try string()
    if comparesNames { note(Self.unescaped(bytes[start + 1..<index - 1]), at: start) }
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw expected("\":\"") }
    index += 1
  }

  /// Names are the same if they are once their escapes are decoded (RFC 8259 section 8.3).
  private mutating func note(_ name: [UInt8], at offset: Int) {
    guard let first = names[names.count - 1].updateValue(offset, forKey: name) else { return }
    names[names.count - 1][name] = first
    duplicateCount += 1
    if duplicates == nil { duplicates = (first, offset, name) }
  }

  /// The octets of a string that is valid, without its quotes. The halves of a surrogate pair are compared as they are
  /// written.
  private static func unescaped(_ string: ArraySlice<UInt8>) -> [UInt8] {
    guard string.contains(UInt8(ascii: "\\")) else { return Array(string) }
    var result: [UInt8] = []
    var rest = string
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        let digits = String(decoding: rest.prefix(4), as: UTF8.self).lowercased()
        rest = rest.dropFirst(4)
        if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
          result += Array(String(scalar).utf8)
        } else {
          result += Array("\\u\(digits)".utf8)
        }
      default: result.append(escape)
      }
    }
    return result
  }

  private mutating func string() throws(Failure) {
    let start = index
    index += 1
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return
      case UInt8(ascii: "\\"):
        try escape()
      case 0..<0x20:
        throw Failure(offset: index, message: "a control character in a string has to be escaped")
      default:
        index += 1
      }
    }
    throw Failure(offset: start, message: "this string has no closing quote")
  }

  private mutating func escape() throws(Failure) {
    let start = index
    index += 1
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      index += 1
    case UInt8(ascii: "u"):
      guard JSONScanner.codeUnit(in: bytes.span, at: index + 1) != nil else {
        throw Failure(offset: start, message: "expected four hexadecimal digits after \\u")
      }
      index += 5
    default:
      throw Failure(offset: start, message: "unknown escape in a string")
    }
  }

  private mutating func number() throws(Failure) {
    let end = JSONScanner.numberEnd(in: bytes.span, from: index)
    guard let end, end == bytes.count || !JSONScanner.isNumberOctet(bytes[end]) else {
      throw Failure(offset: index, message: "this is not a JSON number")
    }
    index = end
  }

  private mutating func word(_ word: String) throws(Failure) {
    guard bytes[index...].starts(with: word.utf8) else { throw expected("a value") }
    index += word.utf8.count
  }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    index = JSONScanner.skippingSpace(in: bytes.span, from: index)
  }

  private func expected(_ what: String) -> Failure {
    Failure(offset: index, message: "expected \(what)\(index < bytes.count ? "" : ", found the end of the file")")
  }

  private static func firstIllFormedUTF8(in bytes: [UInt8]) -> Int? {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  private static func problem(at offset: Int, _ message: String, in bytes: [UInt8]) -> Problem {
    let before = bytes[..<offset]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = before.count { $0 == 0x0A } + 1
    return Problem(line: line, column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1, message: message)
  }
}
