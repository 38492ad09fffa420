// A reactor and a client on it for the length of one test.

import HTTPCore
import Reactor
import Testing

@testable import UpstreamClient

/// Runs `body` on a reactor's thread with a client there, and ends both.
func withClient<R: Sendable>(
  limits: UpstreamClient.Limits = .init(), _ body: @escaping @Sendable (UpstreamClient, Reactor) async throws -> R
) async throws -> R {
  let reactor = try Reactor(name: "test")
  reactor.start()
  defer { reactor.stop() }
  let result = await Task(executorPreference: reactor) {
    let client = try UpstreamClient(reactor: reactor, limits: limits)
    return try await body(client, reactor)
  }.result
  // The client's end is work of the reactor: once a later piece of work has run, it has.
  await reactor.run {}
  return try result.get()
}

/// A response, whole.
struct Fetched: Sendable {
  var status: Int
  var headers: [FieldLine]
  var httpVersion: String
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }
  func values(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
}

extension UpstreamClient {
  func fetchAll(_ request: UpstreamRequest) async throws(UpstreamError) -> Fetched {
    let exchange = try await fetch(request)
    var body: [UInt8] = []
    while let chunk = try await exchange.nextChunk() { body += chunk }
    return Fetched(status: exchange.status, headers: exchange.headers, httpVersion: exchange.httpVersion, body: body)
  }
}

/// Fetches `path` of the scripted upstream with a client of its own.
func fetched(_ path: String, _ change: @Sendable (inout UpstreamRequest) -> Void = { _ in }) async throws -> Fetched {
  var request = UpstreamRequest(url: ScriptedUpstream.plain.url(path))
  change(&request)
  let sent = request
  return try await withClient { client, _ in try await client.fetchAll(sent) }
}

/// The error that a fetch of `path` ends with, head or body.
func failure(_ path: String, _ change: @Sendable (inout UpstreamRequest) -> Void = { _ in }) async -> UpstreamError? {
  do {
    _ = try await fetched(path, change)
    return nil
  } catch {
    return error as? UpstreamError
  }
}

/// Octets as the paths of the scripted upstream spell them.
func hex(_ text: String) -> String { text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
