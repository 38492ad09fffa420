// The routes of a configuration, asked without a socket.

import AsyncHTTPServer
import HTTPCore
import JSONText
import Reactor
import Testing

@testable import HTTPRoutes

/// What a route answers.
struct RenderedAnswer {
  let status: Int
  let fields: [FieldLine]
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }
  subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// Routes in memory.
struct RenderedRoutes {
  private let table: RouteTable

  /// - Parameter yaml: with `clock` and `random` such that answers are the same each time, unless it has its own.
  init(_ yaml: String, isFixed: Bool = true) throws {
    let settings = isFixed ? "clock: 2026-01-15T09:30:00.250Z\nrandom: {seed: 42}\n" : ""
    table = try RouteTable(yaml: settings + yaml, fileName: "t.yaml", environment: [:])
  }

  /// One route at `path` that answers with this.
  static func route(_ keys: String, path: String = "/a/{id}/**") throws -> RenderedRoutes {
    try RenderedRoutes("routes:\n  - path: \"\(path)\"\n    \(keys)\n")
  }

  var needsBody: Bool { table.routes[0].responder.needsBody }

  func ask(
    _ target: String = "/a/7/x", _ fields: String..., method: String = "GET", body: [UInt8]? = nil,
    contentType: String = "application/json"
  ) throws -> RenderedAnswer {
    var head = Array("\(method) \(target) HTTP/1.1\r\nHost: Example.com:80\r\n".utf8)
    for field in fields { head += ObsText.octets(field) + [0x0D, 0x0A] }
    head += [0x0D, 0x0A]
    var parser = HeadParser()
    try #require(try parser.parse(head.span))
    let state: RequestBodyState = body.map { .read(BodyValues($0, contentType: contentType)) } ?? .none
    let client = try #require(SocketAddress("192.0.2.7", port: 1))
    let origin = RequestOrigin.explanation(client: client, now: 1_768_469_400)
    return try table.decider.decide(parser.head, head.span, origin, state) {
      parsed, decision, path, hasEncodedSlash -> Result<RenderedAnswer, NoAnswer> in
      guard case .routed(let match, let turn) = decision else { return .failure(NoAnswer()) }
      let values = RequestValues(
        head: parsed, path: path, bytes: head.span, match: match, origin: origin,
        body: state, hasEncodedSlash: hasEncodedSlash)
      switch table.routes[match.routeIndex].responder.answer(values, in: turn) {
      case .bytes(let status, let fields, let body): return .success(RenderedAnswer(status: status, fields: fields, body: body))
      case .prepared, .file, .task: return .failure(NoAnswer())
      }
    }.get()
  }

  /// No route answers, or with what was laid out before.
  struct NoAnswer: Error {}
}

/// What one expression comes to as a whole value of JSON.
func json(
  _ expression: String, _ target: String = "/a/7/x", body: String? = nil, contentType: String = "application/json"
) throws -> String {
  let quoted = expression.replacing("'", with: "''")
  let routes = try RenderedRoutes.route("json: ['{{\(quoted)}}']")
  let text = try routes.ask(target, body: body.map { Array($0.utf8) }, contentType: contentType).text
  return String(text.dropFirst().dropLast())
}

/// What is wrong with the text of a template, `line:column message`.
func problems(_ route: String, path: String = "/a/{id}/**") -> [String] {
  let text = "routes:\n  - path: \"\(path)\"\n    \(route)\n"
  return SettingsLoader.load(text: text, fileName: "t.yaml", environment: [:]).diagnostics.map { "\($0.line):\($0.column) \($0.message)" }
}
