// A journal behind the admin listener's handler, on a socket, and a client that shows every byte.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor
import Synchronization
import SystemPackage
import Testing

@testable import RouteAdmin

/// What a process would tell: a table, and nothing else of interest.
final class StillProcess: AdminSource {
  let serving: ServingFacts
  let program = ProgramFacts(version: "1.0", processID: 1, startedMilliseconds: 0)
  let serverMetrics = AsyncHTTPServer().metrics
  let descriptors = DescriptorFacts(open: 1, limit: 1, reserved: 0)
  let droppedLines = DroppedLines(log: 0, accessLog: 0)
  let reloads: [ReloadRecord] = []
  let refusedReloads = 0

  init(yaml: String) throws {
    let loaded = SettingsLoader.load(text: yaml, fileName: "/nonexistent/routes.yaml", environment: [:])
    let settings = try #require(loaded.settings, "\(loaded.diagnostics)")
    serving = ServingFacts(
      settings: settings, table: RouteTable(settings: settings), generation: 1, addresses: [], configuration: "routes.yaml",
      isDraining: false)
  }

  func reload() async -> ReloadRecord? { nil }
  func reset(_ ids: [String]) async -> Result<[String], ResetProblems> { .success([]) }
}

/// A journal that answers on loopback.
struct JournalSite: Sendable {
  let journal: Journal
  let writer: JournalWriter
  private let address: SocketAddress

  static let routes = """
    routes:
      - id: order
        path: /api/orders/{id}
        method: PUT
        when: {headers: {Authorization: Bearer expected, Accept: text/plain}, json: {currency: EUR}}
        text: a
      - {id: home, path: /, text: a}
    """

  /// Serves for the length of `body`.
  static func with<R: Sendable>(
    _ exchanges: [Told] = [], yaml: String = routes, isOff: Bool = false, entries: Int = 1_000, json: [String] = [],
    _ body: @escaping @Sendable (JournalSite) async throws -> R
  ) async throws -> R {
    let journal = try Journal(exchanges, entries: entries, json: json)
    let source = try StillProcess(yaml: yaml)
    let settings = AdminSettings(listen: ListenSettings(.tcp(host: "127.0.0.1", port: 0)))
    let traffic = TrafficMetrics()
    let context = AdminContext(
      source: source, traffic: traffic, series: TrafficSeries(of: source, traffic), journal: isOff ? nil : journal)
    let handler = AdminHandler(settings, context: context)
    var configuration = ServerConfiguration()
    configuration.workers = 1
    return try await withServer(handler, configuration: configuration) { url in
      let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
      let address = try #require(SocketAddress("127.0.0.1", port: port))
      return try await body(JournalSite(journal: journal, writer: journal.makeWriter(), address: address))
    }
  }

  func add(_ exchanges: Told...) {
    for exchange in exchanges { exchange.withPieces { writer.write($0) } }
  }

  /// One request on a connection of its own; `line` is method and target. It is one of HTTP/1.0, whose answers are not
  /// chunked.
  func ask(_ line: String, _ fields: [String] = [], body: String? = nil) async throws -> AdminReply {
    let octets = try await read(line, fields, body: body) { _ in false }
    return try AdminReply(octets)
  }

  /// The answer as far as it has come when `isEnough` says so, or whole.
  func read(
    _ line: String, _ fields: [String] = [], body: String? = nil, until isEnough: @escaping @Sendable (String) -> Bool
  ) async throws -> [UInt8] {
    var lines = ["\(line) HTTP/1.0", "Host: localhost"] + fields
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    if !line.hasPrefix("GET") { lines.append("X-Asynchttpd-Admin: 1") }
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
    return try await RawExchange.read(request, address, until: isEnough)
  }
}

/// An answer, taken apart.
struct AdminReply: Sendable {
  let status: Int
  let head: String
  let text: String

  init(_ octets: [UInt8]) throws {
    let whole = String(decoding: octets, as: UTF8.self)
    let end = try #require(whole.range(of: "\r\n\r\n"), "\(whole)")
    head = String(whole[..<end.lowerBound])
    text = String(whole[end.upperBound...])
    status = try #require(Int(head.dropFirst(9).prefix(3)))
  }

  /// The body as JSON.
  var json: JSONValue { get throws { try JSONValue(parsing: text) } }

  /// The ids of the entries.
  var ids: [Int] {
    get throws {
      guard case .array(let entries)? = try json["entries"] else { return [] }
      return entries.compactMap { if case .number(let id)? = $0["id"] { id.integer } else { nil } }
    }
  }
}
