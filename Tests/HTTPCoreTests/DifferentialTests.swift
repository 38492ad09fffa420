// The parser against parsers that others wrote: Python's standard library, and h11 where it is installed. A request that is accepted here must
// mean the same there: method, target, fields, content, and where the next request begins. Any difference is a way to smuggle a request past
// one of two servers in a row. What is refused here may be accepted there, by the rules that are listed with their reasons.
//
// And against the grammar itself, written down once more as regular expressions (GrammarReader.py): there nothing may be accepted that is
// refused here, or the other way round, head or body, but for limits.

import Foundation
import HTTPCore
import Testing
import VectorSupport

/// What another parser made of an exchange.
private struct Reading: Decodable {
  var refused: String?
  var method: String?
  var target: String?
  var version: String?
  var fields: [[String]]?
  var content: String?
  var end: Int?
  var bodyRefused: String?
}

private struct Readings: Decodable {
  var stdlib: Reading
  var grammar: Reading
  var h11: Reading?
}

/// What this parser made of it.
private struct OwnReading {
  var refused: String?
  var head = RequestHead()
  /// Nil while the body is refused or not whole; `bodyRefused` says which.
  var end: Int?
  var bodyRefused = "incomplete"
  var content: [UInt8] = []

  init(_ bytes: [UInt8]) {
    var parser = HeadParser()
    do throws(HeadError) {
      guard try parser.parse(bytes.span) else {
        refused = "incomplete"
        return
      }
    } catch {
      // `invalidHost(at: 27)` is the rule `invalidHost`; `missingHost` is the only one that has no more to say.
      refused = Mirror(reflecting: error).children.first?.label ?? "missingHost"
      return
    }
    head = parser.head
    switch head.framing {
    case .none: end = head.byteCount
    case .length(let length):
      guard length <= UInt64(bytes.count - head.byteCount) else { return }
      end = head.byteCount + Int(length)
      content = Array(bytes[head.byteCount..<head.byteCount + Int(length)])
    case .chunked: decode(bytes)
    }
  }

  private mutating func decode(_ bytes: [UInt8]) {
    var decoder = ChunkedDecoder()
    var offset = head.byteCount
    do throws(ChunkError) {
      while true {
        switch try decoder.next(bytes.span, from: &offset) {
        case .data(let range): content += bytes[range]
        case .needMore: return
        case .end:
          end = offset
          return
        }
      }
    } catch {
      bodyRefused = Mirror(reflecting: error).children.first?.label ?? ""
    }
  }
}

@Suite(.enabled(if: Python.isThere, "python3 is not installed")) struct DifferentialTests {
  /// What is refused here and may be accepted there.
  private static let stricterHere: [String: String] = [
    "bareLineFeed": "RFC 9112 §2.2 lets a recipient take LF alone for a line end; not all do, so the two disagree about where lines end",
    "bareCarriageReturn": "RFC 9112 §2.2 asks to refuse it or to take it for a space; others keep it",
    "invalidOctet": "controls and octets beyond ASCII in the request line, controls in values (RFC 9110 §5.5)",
    "invalidMethod": "a method is a token (RFC 9110 §9.1) and one space follows it",
    "invalidTarget": "RFC 9112 §3.2: one of four forms, no fragment; others leave the target to the application",
    "unsupportedScheme": "a target of a scheme that this server does not speak",
    "refusedTunnel": "CONNECT is for proxies",
    "invalidHost": "RFC 9112 §3.2 asks for 400; others leave Host to the application",
    "repeatedHost": "likewise",
    "missingHost": "likewise",
    "invalidVersion": "RFC 9112 §2.3: one digit, one dot, one digit; others read numbers",
    "missingVersion": "HTTP/0.9 is not spoken here",
    "unsupportedVersion": "h11 reads the version and leaves it to the application",
    "foldedField": "RFC 9112 §5.2 lets a server refuse it; unfolding changes the value",
    "emptyFieldName": "a name is a token (RFC 9110 §5.1)",
    "invalidFieldName": "likewise",
    "whitespaceBeforeColon": "RFC 9112 §5.1 asks for 400",
    "missingColon": "others end the head at such a line, or skip it",
    "repeatedField": "RFC 9110 §5.3: of a field with one value two lines make no sense; others take one of them, or join them",
    "invalidContentLength": "digits alone (RFC 9110 §8.6); others leave it to the application, or read a list",
    "repeatedContentLength": "others take one of two that are the same",
    "contentLengthWithTransferEncoding": "RFC 9112 §6.3 lets the coding win; refused, since it is how requests are smuggled",
    "invalidTransferEncoding": "others leave it to the application",
    "repeatedChunked": "likewise",
    "chunkedNotLast": "likewise",
    "unsupportedTransferCoding": "likewise",
    "transferEncodingInHTTP10": "RFC 9112 §6.1: the framing is faulty",
    "invalidConnection": "a list of tokens (RFC 9110 §7.6.1); others look for words they know",
    "unsupportedExpectation": "others leave Expect to the application",
    "requestLineTooLong": "a limit of this server",
    "headTooLarge": "likewise",
    "tooManyFields": "likewise",
    "incomplete": "others take the end of the octets for the end of the head",
  ]

  /// What is refused here and within the grammar.
  private static let beyondGrammar: [String: String] = [
    "invalidMethod": "longer than 64 octets",
    "refusedTunnel": "CONNECT is for proxies, whatever its target",
    "unsupportedExpectation": "RFC 9110 §10.1.1 lets a server answer 417",
    "requestLineTooLong": "a limit of this server", "headTooLarge": "likewise", "tooManyFields": "likewise",
    "extensionsTooLong": "likewise", "trailersTooLarge": "likewise", "tooManyTrailers": "likewise",
  ]

  /// What is accepted here and refused there, by how the refusal begins.
  private static let stricterThere: [String: String] = [
    "431 Too many headers": "a limit of http.client: 100 lines, the empty one included",
    "illegal chunk header": "h11 knows no blanks before an extension; RFC 9112 §7.1.1 asks to take them",
  ]

  private static func isStricterThere(_ refusal: String) -> Bool { stricterThere.keys.contains { refusal.hasPrefix($0) } }

  @Test func `what is accepted here means the same to others`() throws {
    let exchanges = Exchanges.all
    let readings = try Python.readings(of: exchanges)
    try #require(readings.count == exchanges.count)
    var compared = 0
    var differences: [String] = []
    for (bytes, reading) in zip(exchanges, readings) {
      let own = OwnReading(bytes)
      let others = [("the standard library", reading.stdlib), ("the grammar", reading.grammar)] + (reading.h11.map { [("h11", $0)] } ?? [])
      for (name, other) in others {
        compared += 1
        if let difference = difference(own, other, bytes, isGrammar: name == "the grammar") {
          differences.append("\(name): \(difference): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
      }
    }
    #expect(differences.isEmpty, "\(differences.count), the first of them:\n\(differences.prefix(20).joined(separator: "\n"))")
    #expect(compared >= 2 * exchanges.count)
    // The generator must make both kinds, or there is nothing to compare.
    #expect(exchanges.count { OwnReading($0).end != nil } > exchanges.count / 4)
    #expect(exchanges.count { OwnReading($0).refused != nil } > exchanges.count / 8)
  }

  private func difference(_ own: OwnReading, _ other: Reading, _ bytes: [UInt8], isGrammar: Bool) -> String? {
    let reasons = isGrammar ? Self.beyondGrammar : Self.stricterHere
    if let rule = own.refused {
      // Both refuse it, or there is a reason for the one that does. A length beyond counting is no body to the grammar.
      let isRefused = other.refused != nil || (isGrammar && other.bodyRefused != nil)
      return isRefused || reasons[rule] != nil ? nil : "refused here alone by \(rule)"
    }
    let head = own.head
    // A query with octets beyond ASCII is refused by h11, and http.server splits the line at what is a blank in Latin-1.
    if !isGrammar, bytes[head.target].contains(where: { $0 >= 0x80 }) { return nil }
    func text(_ range: Range<Int>) -> String { Self.latin(bytes[range]) }
    if let refused = other.refused { return !isGrammar && Self.isStricterThere(refused) ? nil : "accepted here alone: \(refused)" }
    if other.method != text(head.method) { return "method \(other.method ?? "")" }
    if other.target != Self.asPythonHasIt(text(head.target)) && other.target != text(head.target) { return "target \(other.target ?? "")" }
    // 1.2 and up are processed as 1.1 here, and their own number is kept there.
    if other.version == "HTTP/1.0" && head.version != .http10 || other.version?.hasPrefix("HTTP/1.") != true {
      return "version \(other.version ?? "")"
    }
    let fields = head.fields.map { Self.comparable(text($0.name), text($0.value)) }
    let others = other.fields?.map { Self.comparable($0[0], $0[1]) }
    if others != fields { return "fields \(others ?? [])" }
    guard let end = own.end else {
      // Others may read to the end of what there is.
      return !isGrammar || other.bodyRefused != nil || reasons[own.bodyRefused] != nil
        ? nil : "body refused here alone by \(own.bodyRefused)"
    }
    if let refused = other.bodyRefused {
      return !isGrammar && Self.isStricterThere(refused) ? nil : "body accepted here alone: \(refused)"
    }
    if other.content != Self.latin(own.content[...]) { return "content \(other.content ?? "")" }
    return other.end == end ? nil : "the next request at \(other.end ?? -1) instead of \(end)"
  }

  /// Names have no case, and the standard library leaves blanks after values. h11 lower-cases codings, which have no case either.
  private static func comparable(_ name: String, _ value: String) -> [String] {
    let name = name.lowercased()
    let value = value.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
    return [name, name == "transfer-encoding" ? value.lowercased() : value]
  }

  private static func latin(_ bytes: ArraySlice<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(UnicodeScalar(byte)) }
    return text
  }

  /// http.server merges slashes at the start of a target, lest a redirect to it lead to another host.
  private static func asPythonHasIt(_ target: String) -> String {
    target.hasPrefix("//") ? "/" + target.drop { $0 == "/" } : target
  }
}

// MARK: Exchanges

private enum Exchanges {
  /// The vectors, and requests made up and damaged with a fixed seed.
  static var all: [[UInt8]] {
    var generator = SplitMix(state: 7)
    let vectors = Vector.all.map(\.bytes).filter { $0.count < 4096 }
    let made = (0..<4000).map { _ in request(&generator) }
    let damaged = (made + vectors + vectors + vectors).map { generator.damaged($0) }
    return vectors + made + damaged
  }

  private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "M-SEARCH", "get", "!#$%&'*+-.^_`|~"]
  private static let targets = [
    "/", "//", "/a", "/a/b?c=d&e", "/a%20b", "/?", "/%2F..", "//a//b", "http://a/", "https://b:8080/c?d", "http://a", "/a;b=c",
    "/\"<>\\^`{|}", "/?\"<>\\^`{|}", "/?caf\u{E9}=\u{1F375}&\"a\"", "/caf\u{E9}",
  ]
  private static let names = [
    "A", "Accept", "accept-encoding", "User-Agent", "X-Forwarded-For", "Content-Type", "Cookie", "!#$%&'*+-.^_`|~", "Referer", "Via", "TE",
  ]
  private static let values = [
    "", "a", "a b", "a\tb", "a,b", "\"a\\\"b\"", "a: b", "\u{E9}", "=?utf-8?q?a?=", "From me", "a;b=c", ":", "(a (b))",
  ]
  private static let blanks = ["", " ", "  ", "\t", " \t "]

  private static func request(_ generator: inout SplitMix) -> [UInt8] {
    func one(of list: [String]) -> String { list.randomElement(using: &generator) ?? "" }
    let version = one(of: ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2"])
    var text = one(of: ["", "", "", "\r\n"]) + "\(one(of: methods)) \(one(of: targets)) \(version)\r\nHost: a\r\n"
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      text += one(of: names) + ":" + one(of: blanks) + one(of: values) + one(of: blanks) + "\r\n"
    }
    text += one(of: ["", "", "Connection: close\r\n", "Connection: keep-alive, x\r\n", "Expect: 100-continue\r\n"])
    switch Int.random(in: 0..<4, using: &generator) {
    case 0:
      let length = Int.random(in: 0...12, using: &generator)
      text += "\(one(of: ["Content-Length", "content-length"])):\(one(of: blanks))\(one(of: ["", "", "0"]))\(length)\r\n\r\n"
      text += String(repeating: "x", count: length)
    case 1 where version != "HTTP/1.0":
      text += "Transfer-Encoding: \(one(of: ["chunked", "Chunked", " chunked "]))\r\n\r\n"
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        let length = Int.random(in: 1...40, using: &generator)
        let size = one(of: ["", "", "0"]) + String(length, radix: 16, uppercase: length % 2 == 0)
        text += size + one(of: ["", "", ";a", ";a=b", " ; a = \"b\\\"c\""]) + "\r\n" + String(repeating: "y", count: length) + "\r\n"
      }
      text += one(of: ["0", "00"]) + "\r\n" + one(of: ["", "", "A: b\r\n", "Via: x\r\nB:\r\n"]) + "\r\n"
    default: text += "\r\n"
    }
    return Array(text.utf8) + Array(one(of: ["", "", "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"]).utf8)
  }
}

/// SplitMix64: small, seedable, and the same everywhere.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// The octets that grammars turn on are more likely than others.
  private static let telling = Array("\r\n\t :;,=\"\\/?#%*[]0aAfFxX+-_\u{0}\u{B}\u{C}\u{1C}\u{7F}".utf8) + [0x80, 0x85, 0xA0, 0xFF]

  /// What requests are smuggled with.
  private static let insertions = [
    "\r\nTransfer-Encoding: chunked", "\r\nContent-Length: 3", "\r\nContent-Length: 3, 3", "\r\nHost: b", "\nHost: b", "\r\n X", "\r\r\n",
    "\r\n\r\n",
    "chunked, ", ", identity", " :", ": ", ";a", ";a=\"", "\\\"", "0\r\n\r\n", "0x", "%41", "..", "//", "@", "[::1]", "http://a", "#",
    " HTTP/1.1",
    "\r\nContent-Type: a\r\nContent-Type: b", "\r\nConnection: close, \"x\"",
  ].map { Array($0.utf8) }

  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...2, using: &self) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &self)
      switch Int.random(in: 0..<5, using: &self) {
      case 0: bytes[index] = Self.telling.randomElement(using: &self) ?? 0
      case 1: bytes.insert(Self.telling.randomElement(using: &self) ?? 0, at: index)
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(contentsOf: Self.insertions.randomElement(using: &self) ?? [], at: index)
      default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &self)], at: index)
      }
    }
    return bytes
  }
}

// MARK: Python

private enum Python {
  private static let reader = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("DifferentialReader.py")

  private static func run(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  static let isThere = (try? run(["-c", "import http.server"])) == 0

  static func readings(of exchanges: [[UInt8]]) throws -> [Readings] {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("differential-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let input = directory.appendingPathComponent("exchanges")
    let output = directory.appendingPathComponent("readings")
    var data = Data()
    for bytes in exchanges { data += Data("\(bytes.count)\n".utf8) + bytes }
    try data.write(to: input)
    try #require(try run([reader.path, input.path, output.path]) == 0)
    return try Data(contentsOf: output).split(separator: 0x0A).map { try JSONDecoder().decode(Readings.self, from: $0) }
  }
}
