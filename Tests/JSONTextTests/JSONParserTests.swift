// The grammar of RFC 8259, whole and in slices; bounds; and what is said of texts that are not JSON.

import Foundation
import Testing

@testable import JSONText

@Suite struct JSONParserTests {
  private static let text = #" {"a" : [ 1 , -2.50e+3 , true,false , null ], "é\n\u00e9\ud83d\ude00": {"":"x\/y"}, "e": [], "o": { } } "#
  private static let value = JSONValue.object([
    "a": .array([.number(JSONNumber(1)), .number(JSONNumber(-2500)), .bool(true), .bool(false), .null]),
    "é\né😀": .object(["": .string("x/y")]), "e": .array([]), "o": .object([:]),
  ])

  @Test func `a text is parsed whole and in slices of every length`() throws {
    #expect(try JSONValue(parsing: Self.text) == Self.value)
    for budget in 1...Self.text.utf8.count {
      var parser = JSONParser(Array(Self.text.utf8))
      var result: JSONValue?
      var runs = 0
      while result == nil, runs <= Self.text.utf8.count * 2 {
        result = try parser.run(octets: budget)
        runs += 1
      }
      #expect(result == Self.value, "\(budget)")
      #expect(budget > 40 || runs > 1, "\(budget)")
    }
  }

  @Test(arguments: ["null", " true ", "false", "0", "-1.5e-3", "\"\"", "[]", "{}", "[[]]", "\t\r\n 1 \n"]) func `any value may be the text`(
    _ text: String
  ) throws {
    _ = try JSONValue(parsing: text)
  }

  @Test(arguments: [
    ("", 0, "expected a value, found the end of the text"), ("  ", 2, "expected a value, found the end of the text"),
    ("[1,]", 3, "expected a value"), ("[1 2]", 3, "expected \",\" or \"]\""), ("{\"a\" 1}", 5, "expected \":\""),
    ("{\"a\":1,}", 7, "expected a name in double quotes"), ("{a:1}", 1, "expected a name in double quotes"),
    ("{\"a\":1", 6, "expected \",\" or \"}\", found the end of the text"), ("[1}", 2, "expected \",\" or \"]\""),
    ("{\"a\":]", 5, "expected a value"), ("1 1", 2, "expected nothing more"), ("[]]", 2, "expected nothing more"),
    ("01", 0, "this is not a JSON number"), ("[1.]", 1, "this is not a JSON number"), ("-", 0, "this is not a JSON number"),
    ("1e5.5", 0, "this is not a JSON number"), ("+1", 0, "expected a value"), ("tru", 0, "expected a value"),
    ("nulL", 0, "expected a value"),
    ("\"abc", 0, "this string has no closing quote"), ("[\"abc\\", 1, "this string has no closing quote"),
    ("\"a\nb\"", 2, "a control character in a string has to be escaped"), ("\"\\x\"", 1, "unknown escape in a string"),
    ("\"a\\u12g4\"", 2, "expected four hexadecimal digits after \\u"), ("\"\\u12", 1, "expected four hexadecimal digits after \\u"),
    ("\u{FEFF}1", 0, "expected a value"), ("'a'", 0, "expected a value"), ("[1/**/]", 2, "expected \",\" or \"]\""),
    ("truefalse", 4, "expected nothing more"), ("\u{A0}1", 0, "expected a value"),
  ])
  func `an error says what is wrong and where`(_ text: String, _ offset: Int, _ message: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.offset == offset)
    #expect(error?.message == message)
    for budget in [1, 3] {
      let sliced = #expect(throws: JSONError.self) {
        var parser = JSONParser(Array(text.utf8))
        for _ in 0..<100 { _ = try parser.run(octets: budget) }
      }
      #expect(sliced == error)
    }
  }

  @Test(arguments: [
    ([0x22, 0x61, 0xFF, 0x22] as [UInt8], 2), ([0x22, 0xC3, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xC0, 0xAF, 0x22], 1),
    ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], 1),
  ])
  func `a string that is not UTF-8 is refused`(_ octets: [UInt8], _ offset: Int) {
    #expect(throws: JSONError(offset: offset, message: "this is not UTF-8")) { try JSONValue(parsing: octets) }
  }

  @Test(arguments: [
    (#""\ud800""#, "\u{FFFD}"), (#""\udc00x""#, "\u{FFFD}x"), (#""\ud800\ud800\udc00""#, "\u{FFFD}\u{10000}"),
    (#""\ud800\u0041""#, "\u{FFFD}A"),
    (#""\ud800\n""#, "\u{FFFD}\n"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0000""#, "\0"),
  ])
  func `half a surrogate pair stands for U+FFFD`(_ text: String, _ value: String) throws {
    #expect(try JSONValue(parsing: text) == .string(value))
  }

  @Test func `a name that comes again replaces the value`() throws {
    let value = try JSONValue(parsing: #"{"a":1,"b":2,"\u0061":3}"#)
    #expect(JSONWriter.text(of: value) == #"{"a":3,"b":2}"#)
  }

  @Test func `depth, values and the length of numbers are bounded`() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSONValue(parsing: nested(128))
    #expect(throws: JSONError(offset: 128, message: "more than 128 brackets are open here")) { try JSONValue(parsing: nested(129)) }
    let few = JSONLimits(depth: 2, nodes: 4, numberLength: 3)
    _ = try JSONValue(parsing: "[[1],123]", limits: few)
    #expect(throws: JSONError(offset: 7, message: "more than 4 values")) { try JSONValue(parsing: "[1,1,1,1]", limits: few) }
    #expect(throws: JSONError(offset: 1, message: "a number has more than 3 characters")) { try JSONValue(parsing: "[1234]", limits: few) }
    #expect(throws: JSONError(offset: 0, message: "a number has more than 3 characters")) { try JSONValue(parsing: "1.2e", limits: few) }
  }

  @Test func `containers longer than the stacks keep their order`() throws {
    let items = (0..<2000).map { "\($0)" }.joined(separator: ",")
    let members = (0..<2000).map { "\"n\($0)\":[\($0)]" }.joined(separator: ",")
    let text = "{\"items\":[\(items)],\"members\":{\(members)},\"nested\":[[\(items)],[\(items)]]}"
    #expect(JSONWriter.text(of: try JSONValue(parsing: text)) == text)
  }

  /// Everything that goes down the levels of a value by recursion, at the bound of levels.
  @Test func `a value of the greatest depth fits a stack of 512 KiB`() async throws {
    let depth = 128
    let array = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let object = String(repeating: "{\"a\":", count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
    let (ended, end) = AsyncStream.makeStream(of: Bool.self)
    let thread = Thread {
      var holds = true
      for text in [array, object] {
        guard let one = try? JSONValue(parsing: text), let other = try? JSONValue(parsing: text) else { return end.finish() }
        holds = holds && one == other && one.hashValue == other.hashValue && one.contains(other) && one.merging(other) == other
        holds = holds && JSONWriter.text(of: one) == text && !JSONWriter.octets(of: one, layout: .pretty).isEmpty
      }
      end.yield(holds)
      end.finish()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    var results: [Bool] = []
    for await holds in ended { results.append(holds) }
    #expect(results == [true])
  }
}
