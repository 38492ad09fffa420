// The published cases of Tests/Vectors/jsonpath.json.

import Foundation
import JSONText
import Testing

@Suite struct JSONPathVectorTests {
  private static let cases: [JSONValue] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Vectors/jsonpath.json")
    guard let data = try? Data(contentsOf: file), let value = try? JSONValue(parsing: Array(data)), case .array(let cases) = value["tests"]
    else { return [] }
    return cases
  }()

  @Test func `every published case selects what it says, or is refused`() throws {
    try #require(Self.cases.count > 200)
    for vector in Self.cases {
      guard case .string(let selector) = vector["selector"], case .string(let name) = vector["name"] else {
        Issue.record("a case without a selector")
        continue
      }
      if vector["invalid_selector"] == .bool(true) {
        #expect(throws: JSONPathError.self, "\(name): \(selector)") { try JSONPath(selector, engine: PatternEngine.engine) }
        continue
      }
      let path = try JSONPath(selector, engine: PatternEngine.engine)
      let selection = path.select(from: try #require(vector["document"]))
      #expect(!selection.reachedLimit)
      let values = JSONValue.array(selection.nodes.map(\.value))
      let paths = JSONValue.array(selection.nodes.map { .string($0.path) })
      if let results = vector["results"], case .array(let results) = results, case .array(let allPaths) = vector["results_paths"] {
        #expect(results.contains(values), "\(name): \(selector)")
        #expect(allPaths.contains(paths), "\(name): \(selector)")
      } else {
        #expect(vector["result"] == values, "\(name): \(selector)")
        #expect(vector["result_paths"] == paths, "\(name): \(selector)")
      }
    }
  }
}
