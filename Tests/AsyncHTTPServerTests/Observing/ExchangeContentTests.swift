import Foundation
import HTTPCore
import Reactor
import Synchronization
import SystemPackage
import Testing

@testable import AsyncHTTPServer

/// What observers that capture are handed of an exchange.
@Suite struct ExchangeContentTests {
  /// Answers at once: with what was laid out, with octets, or with a file.
  private final class Immediate: RequestHandler, ImmediateRequestHandler {
    private let prepared = PreparedResponse(
      status: 200, fields: [FieldLine("Content-Type", "text/plain")], body: Array("prepared".utf8))
    private let path: String

    init(path: String) { self.path = path }

    func answerImmediately(_ head: borrowing RequestHead, bytes: Span<UInt8>, _ response: ImmediateResponse) -> Bool {
      switch bytes.extracting(head.target).count {
      case 1: response.send(prepared)
      case 2: response.send(status: 201, fields: [], body: Array("octets".utf8))
      default:
        guard let region = try? FileSource(path: path, range: nil).open({ _ in 0..<4 }) else { return false }
        response.send(status: 200, fields: [FieldLine("X-File", "1")], file: region)
      }
      return true
    }

    func fieldsOfServerAnswer(to head: borrowing RequestHead, bytes: Span<UInt8>) -> [FieldLine] { [] }

    nonisolated(nonsending) func handle(_ request: Request) async throws {}
  }

  private static let close = "Host: a\r\nConnection: close\r\n"

  @Test func `an answer that is given at once is handed over as it lies in the queue`() async throws {
    let path = "/tmp/asynchttpd-content-\(UUID().uuidString)"
    try "file".write(toFile: path, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let recorder = ExchangeRecorder(maxCapturedBytes: 6)
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0)
    async let served: Void = server.serve(handler: Immediate(path: path))
    // The first two are answered together with the one behind them.
    let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\n\(Self.close)\r\n"
    _ = try await roundTrip(address, requests)
    _ = try await roundTrip(address, "GET /file HTTP/1.1\r\n\(Self.close)\r\n")
    server.close()
    try await served
    let entries = recorder.entries
    try #require(entries.count == 4)
    #expect(entries.map(\.body) == ["prepar", "octets", "", ""])
    #expect(entries.map(\.answer.sentBytes) == [8, 6, 0, 4])
    #expect(entries[0].head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n") && entries[0].head.hasSuffix("\r\n\r\n"))
    #expect(entries[1].head.hasPrefix("HTTP/1.1 201 Created\r\n") && entries[1].head.hasSuffix("\r\n\r\n"))
    #expect(entries[2].head.hasPrefix("HTTP/1.1 200 OK\r\n") && entries[2].head.hasSuffix("\r\n\r\n"))
    #expect(entries[3].head.contains("X-File: 1\r\n") && entries[3].head.hasSuffix("\r\n\r\n"))
  }

  private func heard(_ requests: [String], upTo maximum: Int, _ handler: @escaping @Sendable (Request) async throws -> Void) async throws
    -> [ExchangeRecorder.Entry]
  {
    let recorder = ExchangeRecorder(maxCapturedBytes: maximum)
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    configuration.maxBodySize = 100
    try await withServer(configuration, handler: handler) { _, address in
      for request in requests { _ = try await roundTrip(address, request) }
    }
    return recorder.entries
  }

  @Test func `bodies are handed over without their framing, as far as they are kept`() async throws {
    let chunked = "PUT / HTTP/1.1\r\n\(Self.close)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    let entries = try await heard([chunked], upTo: 5) { request in
      _ = try await request.body.collect(upTo: 100)
      try await request.respond(
        .ok,
        .stream { writer in
          try await writer.write("one")
          try await writer.write("two")
        })
    }
    try #require(entries.count == 1)
    #expect(entries[0].requestBody == "abcde" && entries[0].body == "onetw")
    #expect(entries[0].head.contains("Transfer-Encoding: chunked\r\n") && entries[0].head.hasSuffix("\r\n\r\n"))
    #expect(entries[0].answer.receivedBytes == 7 && entries[0].answer.sentBytes == 6)
  }

  @Test func `what the handler does not read is kept, too, and so is what the server answers in its place`() async throws {
    let request = "PUT / HTTP/1.1\r\n\(Self.close)Content-Length: 3\r\n\r\nabc"
    let large = "PUT / HTTP/1.1\r\n\(Self.close)Content-Length: 300\r\n\r\n"
    let growing = "PUT / HTTP/1.1\r\n\(Self.close)Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nffff\r\n"
    let entries = try await heard([request, large, growing], upTo: 1000) { request in
      if request.headers[.transferEncoding] != nil { _ = try await request.body.collect(upTo: 1000) }
      throw HTTPError(.conflict, "not now")
    }
    #expect(entries.map(\.answer.status) == [409, 413, 413])
    #expect(entries.map(\.requestBody) == ["abc", "", "ab"])
    #expect(entries[0].body == "409 Conflict: not now\n" && entries[0].head.hasPrefix("HTTP/1.1 409 Conflict\r\n"))
    #expect(entries[1].body.hasPrefix("413 ") && entries[2].body.hasPrefix("413 "))
    #expect(entries.allSatisfy { $0.head.hasSuffix("\r\n\r\n") && $0.answer.sentBytes == Int64($0.body.utf8.count) })
  }

  @Test func `nothing is kept for observers that ask for nothing`() async throws {
    let entries = try await heard(["PUT / HTTP/1.1\r\n\(Self.close)Content-Length: 3\r\n\r\nabc"], upTo: 0) {
      try await $0.respond(.ok, "answer")
    }
    #expect(entries.map(\.body) == [""] && entries.map(\.requestBody) == [""] && entries.map(\.head) == [""])
  }
}
