// Normalised paths.

import JSONText
import Testing

@Suite struct JSONPathNodeTests {
  @Test(arguments: [
    ("a", "$['a']"), ("it's", "$['it\\'s']"), ("a\\b", "$['a\\\\b']"), ("\"", "$['\"']"), ("\n\r\t\u{08}\u{0C}", "$['\\n\\r\\t\\b\\f']"),
    ("\u{0B}\u{1F}\0", "$['\\u000b\\u001f\\u0000']"), ("é☺\u{7F}", "$['é☺\u{7F}']"), ("", "$['']"),
  ])
  func `a name is quoted as RFC 9535 section 2_7 has it, and the path finds the node again`(_ name: String, _ path: String) throws {
    let value = JSONValue.object([name: .array([.null, .bool(true)])])
    let nodes = try JSONPath("$.*").select(from: value).nodes
    #expect(nodes.map(\.path) == [path])
    let items = try JSONPath("$.*[1]").select(from: value).nodes
    #expect(items.map(\.path) == [path + "[1]"])
    let again = try JSONPath(path + "[1]").select(from: value).nodes
    #expect(again.map(\.path) == [path + "[1]"])
    #expect(again.map(\.value) == [.bool(true)])
  }
}
