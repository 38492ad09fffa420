import Testing

@testable import JSONText

@Suite struct JSONPathReplacementTests {
  private func replaced(_ path: String, in text: String) throws -> String {
    let changed = try #require(try JSONPath(path).replacing(in: JSONValue(parsing: text), with: .string("-")))
    return JSONWriter.text(of: changed.0)
  }

  @Test(
    arguments: [
      ("$.a", #"{"a":1,"b":2}"#, #"{"a":"-","b":2}"#), ("$", "[1]", #""-""#), ("$.c", #"{"a":1}"#, #"{"a":1}"#),
      ("$..a", #"{"a":{"a":1},"b":[{"a":2},3]}"#, #"{"a":"-","b":[{"a":"-"},3]}"#), ("$[1:]", "[1,2,3]", #"[1,"-","-"]"#),
      ("$[?@.x > 1].x", #"[{"x":1},{"x":2}]"#, #"[{"x":1},{"x":"-"}]"#), ("$[0,0]", "[1]", #"["-"]"#),
    ])
  func `what is selected is something else`(path: String, text: String, expected: String) throws {
    #expect(try replaced(path, in: text) == expected)
  }

  @Test func `a query that reaches its bound replaces nothing`() throws {
    let value = JSONValue.array(Array(repeating: .number(JSONNumber(1)), count: 100))
    #expect(try JSONPath("$[*]").replacing(in: value, with: .null, maxSteps: 10) == nil)
  }

  @Test(arguments: [("$.a.b", "b"), ("$['a b']", "a b"), ("$..c", "c"), ("$.a[0]", nil), ("$", nil), ("$['a','b']", nil)])
  func `a query may end at a name`(path: String, name: String?) throws {
    #expect(try JSONPath(path).lastName == name)
  }
}
