// The endpoints as an OpenAPI 3.1 document.

import AsyncHTTPServer
import HTTPCore
package import JSONText

package enum OpenAPIDocument {
  static let endpoint = AdminEndpoint(
    "GET", "/openapi.json", "This document.", answers: [.json(.anything, "OpenAPI 3.1.")],
    action: { _, context in .json(document(AdminHandler.endpoints, version: context.source.program.version)) })

  /// The shapes that others refer to by name.
  private static let shapes: [(name: String, shape: AdminShape)] = [
    ("Problem", .object([.init("title", .string), .init("detail", .string), .init("status", .integer)])),
    ("Status", StatusReport.shape), ("Series", StatusEndpoints.seriesShape), ("Route", .object(RouteReport.members)),
    (
      "RouteDetail",
      .object(RouteReport.members, optional: [.init("when", .array(of: .string)), .init("recordings", .array(of: .string))])
    ), ("Reload", ReloadEndpoints.shape), ("Recording", RecordingEndpoints.shape),
  ]

  /// The document of these endpoints.
  package static func document(_ endpoints: [AdminEndpoint], version: String) -> JSONValue {
    var paths = JSONObject()
    for endpoint in endpoints {
      var item = JSONObject()
      if case .object(let present)? = paths[endpoint.path] { item = present }
      item.set(endpoint.method.lowercased(), to: operation(endpoint))
      paths.set(endpoint.path, to: .object(item))
    }
    return .object([
      "openapi": .string("3.1.0"),
      "info": .object([
        "title": .string("asynchttpd admin listener"), "version": .string(version),
        "description": .string(
          "What an operator asks a running asynchttpd. Every GET is answered to HEAD as well. A Host that is not the listener's is answered "
            + "421; over a network every request needs the token."),
      ]),
      "paths": .object(paths),
      "components": .object([
        "schemas": .object(JSONObject(shapes.map { ($0.name, $0.shape.schema) })),
        "securitySchemes": .object(["token": .object(["type": .string("http"), "scheme": .string("bearer")])]),
      ]),
      "security": .array([.object([:]), .object(["token": .array([])])]),
    ])
  }

  private static func operation(_ endpoint: AdminEndpoint) -> JSONValue {
    var operation = JSONObject([
      ("operationId", .string(identifier(endpoint))), ("summary", .string(endpoint.summary)),
    ])
    let parameters = pathParameters(endpoint) + endpoint.parameters.map(queryParameter) + (endpoint.isWrite ? [writeHeader] : [])
    if !parameters.isEmpty { operation.set("parameters", to: .array(parameters)) }
    if let body = endpoint.body {
      operation.set("requestBody", to: .object(["content": .object(["application/json": .object(["schema": body.schema])])]))
    }
    operation.set("responses", to: .object(responses(endpoint)))
    return .object(operation)
  }

  /// `getRoutesId`.
  private static func identifier(_ endpoint: AdminEndpoint) -> String {
    let words = endpoint.path.split { !$0.isLetter }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
    return endpoint.method.lowercased() + (words.isEmpty ? "Page" : words.joined())
  }

  private static func pathParameters(_ endpoint: AdminEndpoint) -> [JSONValue] {
    endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
      .object([
        "name": .string(String(segment.dropFirst().dropLast())), "in": .string("path"), "required": .bool(true),
        "schema": AdminShape.string.schema,
      ])
    }
  }

  private static func queryParameter(_ parameter: AdminParameter) -> JSONValue {
    .object([
      "name": .string(parameter.name), "in": .string("query"), "required": .bool(false), "description": .string(parameter.summary),
      "schema": parameter.shape.schema,
    ])
  }

  private static let writeHeader = JSONValue.object([
    "name": .string("X-Asynchttpd-Admin"), "in": .string("header"), "required": .bool(true),
    "description": .string("1: a form of another site cannot send it."), "schema": AdminShape.words(["1"]).schema,
  ])

  /// The answers of the endpoint, those of one status together.
  private static func responses(_ endpoint: AdminEndpoint) -> JSONObject {
    let common = endpoint.isWrite ? [AdminAnswer.problem(403, "The header X-Asynchttpd-Admin is missing.")] : []
    var responses = JSONObject()
    for answer in endpoint.answers + common {
      var (content, summary) = (JSONObject(), answer.summary)
      if case .object(let present)? = responses[String(answer.status)] {
        if case .object(let others)? = present["content"] { content = others }
        if case .string(let other)? = present["description"] { summary = "\(other) \(summary)" }
      }
      content.set(answer.mediaType, to: .object(answer.shape.map { JSONObject([("schema", $0.schema)]) } ?? JSONObject()))
      responses.set(String(answer.status), to: .object(["description": .string(summary), "content": .object(content)]))
    }
    return responses
  }
}
