// What is wrong with a text, and what is doubtful in it.

import JSONText
import Testing

@Suite struct JSONValidatorTests {
  private static func problem(_ text: String) -> String? {
    JSONValidator.firstProblem(in: Array(text.utf8)).map { "\($0.line):\($0.column) \($0.message)" }
  }

  @Test(arguments: [
    ("{\n  \"é\": tru}", "2:8 expected a value"), ("[1,\n2", "2:2 expected \",\" or \"]\", found the end of the file"),
    ("[1.5.2]", "1:2 this is not a JSON number"),
    ("\"\\u12x4\"", "1:2 expected four hexadecimal digits after \\u"), ("\"\\u12", "1:2 expected four hexadecimal digits after \\u"),
    ("[01]", "1:2 this is not a JSON number"), ("[1e]", "1:2 this is not a JSON number"), ("{\"a\":1} x", "1:9 expected nothing more"),
  ])
  func `a problem has a line, a column and a sentence`(_ text: String, _ problem: String) {
    #expect(Self.problem(text) == problem)
  }

  @Test(arguments: ["[1,2.5e3,-0]", "\"\\u00e9\\n\"", " {} ", "{\"a\":{\"a\":1}}"]) func `a text without one has none`(_ text: String) {
    let (problem, doubt) = JSONValidator.examine(Array(text.utf8))
    #expect(problem == nil)
    #expect(doubt.duplicate == nil)
  }

  @Test func `octets that are not UTF-8 are found where they stand`() throws {
    let problem = try #require(JSONValidator.firstProblem(in: Array("[\"é\",\n \"a".utf8) + [0xFF, 0x22, 0x5D]))
    #expect(problem.line == 2)
    #expect(problem.column == 4)
    #expect(problem.message == "this is not UTF-8")
  }

  @Test func `a name that comes again is a doubt, with both places`() throws {
    let (problem, doubt) = JSONValidator.examine(Array("{\"a\":1,\n\"\\u0061\":2,\"a\":3}".utf8))
    #expect(problem == nil)
    #expect(doubt.duplicateCount == 2)
    let duplicate = try #require(doubt.duplicate)
    #expect(duplicate.name == "a")
    #expect(duplicate.first.line == 1 && duplicate.first.column == 2)
    #expect(duplicate.place.line == 2 && duplicate.place.column == 1)
  }
}
