// Equality, containment and merging.

import JSONText
import Testing

@Suite struct JSONValueTests {
  private static func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

  @Test(arguments: [
    ("{}", "{}"), (#"{"a":1,"b":2}"#, #"{"b":2.0}"#), (#"{"a":{"b":[{"c":1,"d":2}]}}"#, #"{"a":{"b":[{"d":2}]}}"#), ("[1,2]", "[1.0,2e0]"),
    ("null", "null"), (#"{"a":null}"#, #"{"a":null}"#), ("12345678901234567890", "12345678901234567890"),
  ])
  func `a value contains what is expected`(_ value: String, _ expected: String) throws {
    #expect(try Self.value(value).contains(Self.value(expected)))
  }

  @Test(arguments: [
    ("{}", #"{"a":null}"#), (#"{"a":1}"#, #"{"a":"1"}"#), ("[1,2,3]", "[1,2]"), ("[1,2]", "[2,1]"), ("[]", "{}"), ("null", "false"),
    ("0", "false"),
    (#""a""#, #""A""#), (#"{"a":[{}]}"#, #"{"a":[{"b":1}]}"#), ("12345678901234567890", "12345678901234567891"),
  ])
  func `what lacks something expected does not`(_ value: String, _ expected: String) throws {
    #expect(try !Self.value(value).contains(Self.value(expected)))
  }

  @Test func `exactly leaves no room for further members at any depth`() throws {
    let value = try Self.value(#"{"a":{"b":1,"c":[{"d":1}]}}"#)
    #expect(try value.contains(Self.value(#"{"a":{"c":[{"d":1.0}],"b":1}}"#), exactly: true))
    #expect(try !value.contains(Self.value(#"{"a":{"c":[{}],"b":1}}"#), exactly: true))
    #expect(try value.contains(Self.value(#"{"a":{"c":[{}],"b":1}}"#), exactly: false))
  }

  /// The first of them are those of RFC 7396 appendix A.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#), (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
    (#"{"a":"foo"}"#, "null", "null"), (#"{"a":"foo"}"#, #""bar""#, #""bar""#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#), ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    (#"{"a":1,"b":2,"c":3,"d":4}"#, #"{"d":null,"e":5,"a":null,"b":6}"#, #"{"b":6,"c":3,"e":5}"#),
  ])
  func `a merge patch replaces, adds and removes members`(_ target: String, _ patch: String, _ result: String) throws {
    #expect(JSONWriter.text(of: try Self.value(target).merging(Self.value(patch))) == result)
  }

  @Test func `a large object loses members by a patch and is still searched`() throws {
    let names = (0..<100).map { "n\($0)" }
    let object = JSONValue.object(JSONObject(names.map { ($0, .bool(true)) }))
    let patch = JSONValue.object(JSONObject(names.prefix(60).map { ($0, .null) }))
    let result = object.merging(patch)
    #expect(result == .object(JSONObject(names.dropFirst(60).map { ($0, .bool(true)) })))
    #expect(result["n59"] == nil)
    #expect(result["n60"] == .bool(true))
  }

  @Test func `members and items are reached by name and position`() throws {
    let value = try Self.value(#"{"a":[1,{"b":"x"}]}"#)
    #expect(value["a"]?[1]?["b"] == .string("x"))
    #expect(value["a"]?[2] == nil)
    #expect(value["a"]?[-1] == nil)
    #expect(value[0] == nil)
    #expect(value["a"]?["b"] == nil)
    #expect(
      ["null", "true", "1", "\"\"", "[]", "{}"].compactMap { try? Self.value($0).typeName }.joined(separator: " ")
        == "null boolean number string array object")
  }

  @Test func `strings that only look the same are not equal`() {
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    #expect(Set([JSONValue.string("\u{E9}"), .string("e\u{301}"), .number(JSONNumber(1)), .bool(true), .null]).count == 5)
  }
}
