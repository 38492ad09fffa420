// Routes that are served and counted, and the admin handler that tells of them.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import JSONText
import Logging
import Reactor
import Synchronization
import SystemPackage
import Testing

@testable import RouteAdmin

/// A process without a daemon: its settings, and a history that the test writes.
final class StubProcess: AdminSource {
  struct State {
    var serving: ServingFacts
    var reloads: [ReloadRecord] = []
    var resets: [[String]] = []
  }

  let state: Mutex<State>
  let server: AsyncHTTPServer
  let program = ProgramFacts(version: "1.2.3", processID: 7, startedMilliseconds: 1_764_322_200_250)
  let descriptors = DescriptorFacts(open: 20, limit: 1_008, reserved: 16)
  let droppedLines = DroppedLines(log: 3, accessLog: 4)
  let refusedReloads = 2

  init(_ settings: Settings, _ table: RouteTable, _ server: AsyncHTTPServer) {
    self.server = server
    let serving = ServingFacts(
      settings: settings, table: table, generation: 5, addresses: ["127.0.0.1:8080"], configuration: "site.yaml", isDraining: false)
    state = Mutex(State(serving: serving))
  }

  var serving: ServingFacts { state.withLock { $0.serving } }
  var serverMetrics: ServerMetrics { server.metrics }
  var reloads: [ReloadRecord] { state.withLock { $0.reloads } }
  var resets: [[String]] { state.withLock { $0.resets } }

  func drain() {
    state.withLock { state in
      let serving = state.serving
      state.serving = ServingFacts(
        settings: serving.settings, table: serving.table, generation: serving.generation, addresses: serving.addresses,
        configuration: serving.configuration, isDraining: true)
    }
  }

  func reload() async -> ReloadRecord? {
    state.withLock { state in
      if state.serving.isDraining { return nil }
      return state.reloads.first
    }
  }

  func reset(_ ids: [String]) async -> Result<[String], ResetProblems> {
    state.withLock { $0.resets.append(ids) }
    if ids.contains("unknown") { return .failure(ResetProblems(hasUnknownNames: true, sentences: ["nothing is called \"unknown\""])) }
    return .success(ids)
  }
}

/// The routes of a configuration on a loopback port, their counters, and the admin handler in memory.
struct AdminSite: Sendable {
  let process: StubProcess
  let traffic: TrafficMetrics
  let handler: AdminHandler
  let context: AdminContext
  private let address: SocketAddress

  static let loopback = AdminSettings(listen: ListenSettings(.tcp(host: "127.0.0.1", port: 8081)))

  /// Serves for the length of `body`.
  static func with<R: Sendable>(
    _ yaml: String, fileName: String = "/nonexistent/site.yaml", admin: AdminSettings = loopback, workers: Int = 1,
    _ body: @escaping @Sendable (AdminSite) async throws -> R
  ) async throws -> R {
    let loaded = SettingsLoader.load(text: yaml, fileName: fileName, environment: [:])
    let settings = try #require(loaded.settings, "\(loaded.diagnostics)")
    let table = RouteTable(settings: settings)
    let traffic = TrafficMetrics()
    var configuration = ServerConfiguration()
    configuration.workers = workers
    configuration.logger.logLevel = .critical
    configuration.observers = [traffic]
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0)
    let process = StubProcess(settings, table, server)
    let context = AdminContext(source: process, traffic: traffic, series: TrafficSeries(of: process, traffic))
    let site = AdminSite(
      process: process, traffic: traffic, handler: AdminHandler(admin, context: context), context: context, address: address)
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await server.serve(handler: table)
        return nil
      }
      group.addTask { try await body(site) }
      defer { server.close() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw ServerError.serverClosed
    }
  }

  /// Requests of a client, one after the other on one connection; the last answer's octets.
  @discardableResult
  func client(_ lines: String...) async throws -> String {
    let requests = lines.enumerated().map { index, line in
      "\(line) HTTP/1.1\r\nHost: localhost\r\n\(index == lines.count - 1 ? "Connection: close\r\n" : "")\r\n"
    }
    let answer = try await RawExchange.read(Array(requests.joined().utf8), address) { _ in false }
    return String(decoding: answer, as: UTF8.self)
  }

  /// What the admin listener answers.
  func ask(_ method: HTTPRequest.Method, _ target: String, _ headers: HTTPFields = [:], body: String = "") async throws -> Response {
    try await handler.answer(to: Request(method, target, headers: headers, body: body))
  }

  /// The same as JSON.
  func json(_ target: String) async throws -> JSONValue {
    let response = try await ask(.get, target)
    #expect(response.status == .ok)
    return try JSONValue(parsing: try #require(response.body.textInMemory))
  }

  /// All routes as they are listed.
  func routes() throws -> [JSONValue] {
    var list = RouteList(context)
    var octets: [UInt8] = []
    while let piece = list.next() { octets += piece }
    guard case .array(let routes)? = try JSONValue(parsing: octets)["routes"] else { return [] }
    return routes
  }

  /// All metrics as Prometheus reads them.
  func metrics() -> String {
    var report = MetricsReport(context)
    var octets: [UInt8] = []
    while let piece = report.next() { octets += piece }
    return String(decoding: octets, as: UTF8.self)
  }
}
