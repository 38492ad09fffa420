// The OpenAPI document against the endpoints: every one is in it, and what they answer has the documented members.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import JSONText
import Synchronization
import Testing

@testable import RouteAdmin

@Suite struct OpenAPIDocumentTests {
  private let document = OpenAPIDocument.document(AdminHandler.endpoints, version: "1.2.3")

  @Test func `every endpoint is in it, once, with a summary and its answers`() throws {
    #expect(document["openapi"] == .string("3.1.0"))
    var identifiers: Set<String> = []
    for endpoint in AdminHandler.endpoints {
      let operation = try #require(document["paths"]?[endpoint.path]?[endpoint.method.lowercased()], "\(endpoint.path)")
      #expect(endpoint.summary.hasSuffix("."), "\(endpoint.path)")
      #expect(!endpoint.answers.isEmpty, "\(endpoint.path)")
      if case .string(let identifier)? = operation["operationId"] { #expect(identifiers.insert(identifier).inserted, "\(identifier)") }
      for answer in endpoint.answers {
        #expect(operation["responses"]?[String(answer.status)]?["content"]?[answer.mediaType] != nil, "\(endpoint.path) \(answer.status)")
      }
    }
    let methods = AdminHandler.endpoints.map { "\($0.method) \($0.path)" }
    #expect(Set(methods).count == methods.count)
  }

  @Test func `every named shape exists`() {
    var names: Set<String> = []
    Self.references(in: document, &names)
    for name in names { #expect(document["components"]?["schemas"]?[name] != nil, "\(name)") }
    #expect(names.contains("Problem") && names.contains("Route"))
  }

  @Test func `what is answered has the documented members and no others`() async throws {
    try await AdminSite.with("routes: [{id: a, path: /a, text: a}]") { site in
      try await site.client("GET /a", "GET /nowhere")
      let reload = ReloadRecord(
        milliseconds: 0, durationMilliseconds: 1, generation: 1, outcome: .refused, summary: "1 error", changes: [], diagnostics: ["x"])
      site.process.state.withLock { $0.reloads = [reload] }
      let shapes: [(target: String, shape: String)] = [
        ("/status", "Status"), ("/routes/a", "RouteDetail"), ("/series", "Series"),
      ]
      for (target, shape) in shapes {
        let schema = try #require(document["components"]?["schemas"]?[shape])
        let found = problems(of: try await site.json(target), schema, target)
        #expect(found == [])
      }
      let list = try #require(document["components"]?["schemas"]?["Route"])
      for route in try site.routes() { #expect(problems(of: route, list, "/routes") == []) }
      let record = try #require(document["components"]?["schemas"]?["Reload"])
      let reloads = try await site.json("/reloads")
      let last = try #require(reloads["reloads"]?[0])
      #expect(problems(of: last, record, "/reloads") == [])
      let missing = try await site.ask(.get, "/nowhere")
      let problem = try JSONValue(parsing: try #require(missing.body.textInMemory))
      let shape = try #require(document["components"]?["schemas"]?["Problem"])
      #expect(problems(of: problem, shape, "/nowhere") == [])
    }
  }

  /// A validator of another hand, where the machine has one: `pip install openapi-spec-validator`.
  @Test(.enabled(if: validator != nil, "needs openapi-spec-validator of PyPI"))
  func `a validator of OpenAPI accepts it`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "openapi-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(JSONWriter.octets(of: document)).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.validator))
    process.arguments = [file.path]
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
  }

  private static let validator: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/openapi-spec-validator" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  private static func references(in value: JSONValue, _ names: inout Set<String>) {
    switch value {
    case .object(let object):
      for member in object.members {
        if member.name == "$ref", case .string(let target) = member.value {
          names.insert(String(target.split(separator: "/").last ?? ""))
        }
        references(in: member.value, &names)
      }
    case .array(let items): for item in items { references(in: item, &names) }
    default: break
    }
  }

  /// Where a value is not as a schema of the kind that shapes make says.
  private func problems(of value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
    if case .string(let target)? = schema["$ref"] {
      guard let named = document["components"]?["schemas"]?[String(target.split(separator: "/").last ?? "")] else { return [place] }
      return problems(of: value, named, place)
    }
    if case .array(let choices)? = schema["anyOf"] {
      let found = choices.map { problems(of: value, $0, place) }
      return found.contains([]) ? [] : found[0]
    }
    guard case .string(let type)? = schema["type"] else { return [] }
    switch (type, value) {
    case ("object", .object(let object)): return problems(of: object, schema, place)
    case ("array", .array(let items)):
      let item = schema["items"] ?? .object([:])
      return items.enumerated().flatMap { problems(of: $1, item, "\(place)[\($0)]") }
    case ("integer", .number(let number)): return number.isWhole ? [] : ["\(place) is not whole"]
    case ("number", .number), ("boolean", .bool), ("null", .null): return []
    case ("string", .string(let text)):
      if schema["format"] == .string("date-time"), RFC3339Time(text) == nil { return ["\(place) is not a time: \(text)"] }
      if case .array(let words)? = schema["enum"], !words.contains(value) { return ["\(place) is not one of its words: \(text)"] }
      return []
    default: return ["\(place) is \(value.typeName), not \(type)"]
    }
  }

  private func problems(of object: JSONObject, _ schema: JSONValue, _ place: String) -> [String] {
    var found: [String] = []
    if case .array(let required)? = schema["required"] {
      for case .string(let name) in required where object[name] == nil { found.append("\(place).\(name) is missing") }
    }
    for member in object.members {
      let inner = "\(place).\(member.name)"
      if let shape = schema["properties"]?[member.name] ?? schema["additionalProperties"] {
        found += problems(of: member.value, shape, inner)
      } else {
        found.append("\(inner) is not documented")
      }
    }
    return found
  }
}
