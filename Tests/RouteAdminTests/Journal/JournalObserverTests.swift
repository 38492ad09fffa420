// What a server's requests leave in the journal.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor
import Testing

@testable import RouteAdmin

@Suite struct JournalObserverTests {
  private static let routes = """
    routes:
      - {id: hello, path: /hello, text: hello}
      - id: echo
        path: /echo
        method: POST
        json: {page: "{{ query.page }}"}
    """

  /// What the journal has of these octets, sent on one connection to a server of `yaml`.
  private func entries(of requests: String, bodies: Int = 64, yaml: String = routes) async throws -> [ShownExchange] {
    var settings = JournalSettings()
    settings.bodies = bodies
    settings.redactJSON = [try JSONPath("$.password")]
    let journal = Journal(settings)
    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.observers = [journal]
    try await withServer(try RouteTable(yaml: yaml), configuration: configuration) { url in
      let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
      let address = try #require(SocketAddress("127.0.0.1", port: port))
      _ = try await RawExchange.read(Array(requests.utf8), address, until: { _ in false })
    }
    return journal.ids.compactMap { journal.exchange($0) }.map { ShownExchange($0, journal.redaction) }
  }

  @Test func `requests and answers are kept as they travelled`() async throws {
    let body = #"{"password":"hush","page":2}"#
    let entries = try await entries(
      of: "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n"
        + "POST /echo?page=2 HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        + "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    try #require(entries.count == 3)
    #expect(entries.map(\.id) == [1, 2, 3])
    #expect(entries.map(\.route) == ["hello", "echo", nil] && entries.map(\.header.status) == [200, 200, 404])
    #expect(entries.map(\.isMatched) == [true, true, false])
    #expect(entries[0].request.value("x-a") == "1" && entries[0].answer.body == Array("hello".utf8))
    #expect(entries[0].answer.value("content-type") == "text/plain; charset=utf-8" && entries[0].reason == "OK")
    #expect(entries[0].clientText == "127.0.0.1" && entries[0].requestID.utf8.count == 32)
    #expect(entries[0].answer.value("x-request-id") == entries[0].requestID)
    #expect(entries[1].request.body == Array(#"{"password":"[redacted]","page":2}"#.utf8) && entries[1].header.receivedBytes == 28)
    #expect(String(decoding: entries[1].answer.body, as: UTF8.self).contains("2"))
    #expect(!entries[2].answer.body.isEmpty)
  }

  @Test func `bodies are kept as far as the settings say`() async throws {
    let entries = try await entries(
      of: "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789",
      bodies: 4)
    try #require(entries.count == 1)
    #expect(entries[0].request.body == Array("0123".utf8) && entries[0].request.bodyIsCut && entries[0].header.receivedBytes == 10)
    #expect(entries[0].answer.bodyIsCut)
    #expect(String(decoding: entries[0].answer.body, as: UTF8.self) == "hell")
  }

  @Test func `octets that are no request leave their first line`() async throws {
    let entries = try await entries(of: "\r\nGET /a b HTTP/1.1\r\nAuthorization: Bearer abc\r\n\r\n")
    try #require(entries.count == 1)
    #expect(entries[0].header.isMalformed && entries[0].header.status == 400)
    #expect(entries[0].methodText == "GET" && entries[0].targetText == "/a" && entries[0].request.fields.isEmpty)
  }
}
