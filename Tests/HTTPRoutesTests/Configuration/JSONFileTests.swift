// Bodies in files: read when the configuration is loaded, checked, and sent byte for byte.

import Foundation
import HTTPRoutes
import Testing

@Suite struct JSONFileTests {
  /// What loading says of a body file with these bytes, and the body itself if it says nothing.
  private func load(_ bytes: [UInt8]) throws -> (body: [UInt8]?, problem: String?) {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data(bytes).write(to: directory.appending(path: "body.json"))
    let file = directory.appending(path: "c.yaml").path
    let result = SettingsLoader.load(text: "routes: [{path: /, json_file: body.json}]", fileName: file, environment: [:])
    let options = result.settings?.routes.first?.answer.responder as? CannedJSONOptions
    return (options?.body.literal, result.diagnostics.first?.message.replacing(directory.path + "/", with: ""))
  }

  @Test(arguments: [
    "null", " 1 ", "-0.5e-3", #""x""#, "[]", "{}", "[[],[{}]]", #"{"a":{"b":[1,2,{"c":null}]},"d":[]}"#, "\t\r\n[true ,\nfalse]",
    #"["\"\\\/\b\f\n\r\t\u00e9"]"#, #"{"a":1,"a":2}"#, #"["{{path.nobody}}"]"#,
  ])
  func `a JSON text is sent byte for byte`(json: String) throws {
    #expect(try load(Array(json.utf8)).body == Array(json.utf8))
  }

  @Test(arguments: [
    ("", "1:1", "expected a value, found the end of the file"), ("nul", "1:1", "expected a value"),
    ("[1,]", "1:4", "expected a value"), ("[1 2]", "1:4", #"expected "," or "]""#), (#"{"a" 1}"#, "1:6", #"expected ":""#),
    (#"{"a":1,}"#, "1:8", "expected a key in double quotes"), ("{a:1}", "1:2", "expected a key in double quotes"),
    (#"{"a":1"#, "1:7", #"expected "," or "}", found the end of the file"#), ("1 2", "1:3", "expected nothing more"),
    ("01", "1:1", "this is not a JSON number"), ("[1.]", "1:2", "this is not a JSON number"), ("[+1]", "1:2", "expected a value"),
    ("[.5]", "1:2", "expected a value"), ("'a'", "1:1", "expected a value"), (#"["a"#, "1:2", "this string has no closing quote"),
    (#"["\x"]"#, "1:3", "unknown escape in a string"), (#"["\u00g0"]"#, "1:3", "expected four hexadecimal digits after \\u"),
    ("[\"a\nb\"]", "1:4", "a control character in a string has to be escaped"), ("\u{FEFF}[]", "1:1", "expected a value"),
    ("{\n  \"ü\": [\n    1,\n    x\n  ]\n}", "4:5", "expected a value"), ("]", "1:1", "expected a value"),
    ("[}", "1:2", "expected a value"),
  ])
  func `what is no JSON is an error with its place in the file`(json: String, place: String, message: String) throws {
    let result = try load(Array(json.utf8))
    #expect(result.problem == "body.json:\(place) is not JSON: \(message)")
    #expect(result.body == nil)
  }

  @Test func `JSON is UTF-8`() throws {
    #expect(try load([0x22, 0x61, 0xFF, 0x22]).problem == "body.json:1:3 is not JSON: this is not UTF-8")
  }

  @Test func `brackets are bounded, not recursed into`() throws {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(try load(deep).problem == "body.json:1:1001 is not JSON: more than 1000 brackets are open here")
    let fine = [UInt8](repeating: UInt8(ascii: "["), count: 1000) + [UInt8](repeating: UInt8(ascii: "]"), count: 1000)
    #expect(try load(fine).body == fine)
  }
}
