// Whether bytes are one JSON text (RFC 8259), and where they stop being one. The bytes are sent as they are, so nothing is built: a
// bit per open bracket is all that is kept, and depth costs no stack.

/// Checks JSON texts.
struct JSONValidator {
  struct Problem: Equatable {
    let line: Int
    /// In characters, from 1.
    let column: Int
    let message: String
  }

  private enum Bracket {
    case array, object
  }

  private struct Failure: Error {
    let offset: Int
    let message: String
  }

  /// More than any real body, and few enough for whoever has to read it.
  private static let depthLimit = 1000

  private let bytes: [UInt8]
  private var index = 0
  private var open: [Bracket] = []

  /// What is wrong with a text, if anything is.
  static func firstProblem(in bytes: [UInt8]) -> Problem? {
    if let offset = firstIllFormedUTF8(in: bytes) { return problem(at: offset, "this is not UTF-8", in: bytes) }
    var validator = JSONValidator(bytes: bytes)
    do throws(Failure) {
      try validator.text()
      return nil
    } catch {
      return problem(at: error.offset, error.message, in: bytes)
    }
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func text() throws(Failure) {
    try value()
    while let bracket = open.last {
      skipSpace()
      switch (bracket, current) {
      case (.array, UInt8(ascii: "]")), (.object, UInt8(ascii: "}")):
        index += 1
        open.removeLast()
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
    index += 1
  }

  private mutating func key() throws(Failure) {
    skipSpace()
    guard current == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
    try string()
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw expected("\":\"") }
    index += 1
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
      let digits = bytes[min(index + 1, bytes.count)..<min(index + 5, bytes.count)]
      guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else {
        throw Failure(offset: start, message: "expected four hexadecimal digits after \\u")
      }
      index += 5
    default:
      throw Failure(offset: start, message: "unknown escape in a string")
    }
  }

  private mutating func number() throws(Failure) {
    let start = index
    while index < bytes.count, Self.isNumberByte(bytes[index]) { index += 1 }
    guard JSONSpelling.isNumber(String(decoding: bytes[start..<index], as: UTF8.self)) else {
      throw Failure(offset: start, message: "this is not a JSON number")
    }
  }

  private mutating func word(_ word: String) throws(Failure) {
    guard bytes[index...].starts(with: word.utf8) else { throw expected("a value") }
    index += word.utf8.count
  }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private func expected(_ what: String) -> Failure {
    Failure(offset: index, message: "expected \(what)\(index < bytes.count ? "" : ", found the end of the file")")
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private static func firstIllFormedUTF8(in bytes: [UInt8]) -> Int? {
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .error: return offset
      case .emptyInput: return nil
      }
    }
  }

  private static func problem(at offset: Int, _ message: String, in bytes: [UInt8]) -> Problem {
    let before = bytes[..<offset]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = before.count { $0 == 0x0A } + 1
    return Problem(line: line, column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1, message: message)
  }
}
