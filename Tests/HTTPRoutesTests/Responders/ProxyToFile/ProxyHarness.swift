// An upstream, a server that records it, and a client, each with threads of its own, for the length of one test.

import AsyncHTTPServer
import Foundation
import HTTPCore
import Logging
import Reactor
import Recordings
import Synchronization
import UpstreamClient

@testable import HTTPRoutes

final class ProxyHarness: Sendable {
  let files: Files
  let upstreamAddress: SocketAddress
  /// Lines of the requests that reached the upstream, and their fields.
  let seen = Mutex<[(line: String, fields: [FieldLine])]>([])
  private let upstream: AsyncHTTPServer
  private let client: UpstreamClient
  private let table: RouteTable
  private let reactor: Reactor
  private let address: SocketAddress

  private init(
    _ files: Files, _ upstream: AsyncHTTPServer, _ upstreamAddress: SocketAddress, _ address: SocketAddress, _ client: UpstreamClient,
    _ reactor: Reactor, _ table: RouteTable
  ) {
    self.files = files
    self.upstream = upstream
    self.upstreamAddress = upstreamAddress
    self.address = address
    self.client = client
    self.reactor = reactor
    self.table = table
  }

  /// Serves `pattern` by `proxy_to_file` with these further options. `STORE` may stand in them.
  ///
  /// - Parameter other: an upstream of another harness, to be named in place of its own.
  static func with<R: Sendable>(
    _ options: String = "", store: String = "STORE", upstreamPath: String = "", upstreamAddress other: SocketAddress? = nil,
    route: String = "", pattern: String = "/r/**", trusting proxies: [String] = [], observers: [any RequestObserverSource] = [],
    upstream handler: @escaping @Sendable (Request) async throws -> Void, _ body: @escaping @Sendable (ProxyHarness) async throws -> R
  ) async throws -> R {
    let files = try Files()
    var configuration = ServerConfiguration()
    // However long the machine keeps a test from reading.
    configuration.writeTimeout = .seconds(300)
    configuration.workers = 1
    configuration.logger.logLevel = .critical
    let upstream = AsyncHTTPServer(configuration: configuration)
    let upstreamAddress = try upstream.listen(port: 0, address: "127.0.0.1")
    let lines = options.split(separator: "\n").map { "      \($0)\n" }.joined()
    let yaml = """
      routes:
        - path: \(pattern)
      \(route.split(separator: "\n").map { "    \($0)\n" }.joined())    proxy_to_file:
            store: \(store)
            upstream: http://\(other ?? upstreamAddress)\(upstreamPath)
      \(lines)
      """.replacing("STORE", with: files["store"])
    configuration.workers = 2
    configuration.observers = observers
    for proxy in proxies { _ = configuration.trustedProxies.trust(proxy) }
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let table = try RouteTable(yaml: yaml, fileName: files["routes.yaml"], environment: [:])
    let reactor = try Reactor(name: "client")
    reactor.start()
    defer { reactor.stop() }
    let client = try UpstreamClient(reactor: reactor)
    let harness = ProxyHarness(files, upstream, upstreamAddress, address, client, reactor, table)
    let outcome: Result<R, any Error>
    do { outcome = .success(try await run(harness, upstream, handler, server, table, body)) } catch { outcome = .failure(error) }
    // What is still being published would be left behind in a directory that goes meanwhile.
    await table.states.recordings.settle()
    return try outcome.get()
  }

  /// Serves until `body` has returned.
  private static func run<R: Sendable>(
    _ harness: ProxyHarness, _ upstream: AsyncHTTPServer, _ handler: @escaping @Sendable (Request) async throws -> Void,
    _ server: AsyncHTTPServer, _ table: RouteTable, _ body: @escaping @Sendable (ProxyHarness) async throws -> R
  ) async throws -> R {
    try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await upstream.serve { request in
          let line = "\(request.method) \(request.target.raw)"
          harness.seen.withLock { $0.append((line, request.headers.map { FieldLine($0.name.canonicalName, $0.value) })) }
          try await handler(request)
        }
        return nil
      }
      group.addTask {
        try await server.serve(handler: table)
        return nil
      }
      group.addTask { try await body(harness) }
      defer {
        server.close()
        upstream.close()
      }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw ServerError.serverClosed
    }
  }

  // MARK: The client

  struct Fetched: Sendable {
    let status: Int
    let fields: [FieldLine]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(_ name: String) -> String? {
      let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
      return values.isEmpty ? nil : values.joined(separator: ", ")
    }
    /// What is meant for the client, without what the server dates and frames the answer by.
    var endToEnd: [String] {
      fields.filter { !["date", "content-length", "transfer-encoding", "connection"].contains($0.name.lowercased()) }.map {
        "\($0.name): \($0.value)"
      }
    }
  }

  func open(_ path: String, _ fields: [FieldLine] = [], method: String = "GET", body: [UInt8]? = nil) async throws
    -> UpstreamExchange
  {
    let request = UpstreamRequest(method: method, url: "http://\(address)\(path)", headers: fields, body: body)
    let client = client
    return try await Task(executorPreference: reactor) { try await client.fetch(request) }.value
  }

  /// The interim responses before an answer.
  func interimResponses(_ path: String) async throws -> [UpstreamHead] {
    let heads = Mutex<[UpstreamHead]>([])
    let (client, request) = (client, UpstreamRequest(url: "http://\(address)\(path)"))
    let exchange = try await Task(executorPreference: reactor) {
      try await client.fetch(request) { head in heads.withLock { $0.append(head) } }
    }.value
    _ = try await rest(of: exchange)
    return heads.withLock { $0 }
  }

  func get(_ path: String, _ fields: [FieldLine] = [], method: String = "GET", body: [UInt8]? = nil) async throws -> Fetched {
    let exchange = try await open(path, fields, method: method, body: body)
    return Fetched(status: exchange.status, fields: exchange.headers, body: try await rest(of: exchange))
  }

  func rest(of exchange: UpstreamExchange) async throws -> [UInt8] {
    try await Task(executorPreference: reactor) {
      var body: [UInt8] = []
      while let chunk = try await exchange.nextChunk() { body += chunk }
      return body
    }.value
  }

  func chunk(of exchange: UpstreamExchange) async throws -> [UInt8]? {
    try await Task(executorPreference: reactor) { try await exchange.nextChunk() }.value
  }

  // MARK: The store

  /// The requests that the upstream got.
  var requests: [String] { seen.withLock { $0.map(\.line) } }

  func field(_ name: String, ofRequest index: Int) -> String? {
    let values = seen.withLock { $0[index].fields }.filter { $0.name == name }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  /// The store as the server has it.
  var store: RecordingStore { table.states.proxiedStore(root: files["store"]).recordings }

  /// Waits until no fetch is under way and nothing is being published.
  func untilSettled() async throws {
    await table.states.recordings.settle()
    try Task.checkCancellation()
  }

  func stopUpstream() async { await upstream.shutdown(gracePeriod: .zero) }

  /// Every file of the store, sorted.
  var stored: [String] {
    (FileManager.default.enumerator(atPath: files["store"])?.compactMap { $0 as? String } ?? []).filter { path in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: files["store/\(path)"], isDirectory: &isDirectory) && !isDirectory.boolValue
        && path != ".~~lock" && path != ".~~secret"
    }.sorted()
  }

  func storedText(_ name: String) -> String? {
    FileManager.default.contents(atPath: files["store/\(name)"]).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Something that happens once, and those who wait for it.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}
