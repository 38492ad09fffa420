import HTTPCore
import Reactor
import Testing

@testable import AsyncHTTPServer

@Suite struct RequestIDTests {
  private static func id(_ text: String) -> RequestID? { RequestID(Array(text.utf8).span) }

  @Test(arguments: ["a", "0af7651916cd43dd8448eb211c80319c", "A.b_c:d/e+f=g-9", String(repeating: "x", count: 128)])
  func `an id of plain characters is taken over`(text: String) {
    #expect(Self.id(text)?.description == text)
  }

  @Test(arguments: ["", "a b", "a\"b", "a\u{e9}", "a;b", "a,b", "{a}", "a\\b", String(repeating: "x", count: 129)])
  func `any other is not`(text: String) {
    #expect(Self.id(text) == nil)
  }

  @Test(arguments: [0, 1, 0x9, 0xA, 0xF0, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, .max] as [UInt64])
  func `an id that is made is its two numbers in hexadecimal digits`(number: UInt64) {
    func digits(_ number: UInt64) -> String {
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    #expect(RequestID(prefix: ~number, number: number).description == digits(~number) + digits(number))
  }

  @Test func `ids that are made have 32 digits and differ`() {
    var ids = RequestIDs()
    let (first, second) = (ids.next().description, ids.next().description)
    #expect(first.utf8.count == 32 && second.utf8.count == 32 && first != second)
    #expect(first.prefix(16) == second.prefix(16) && second.hasSuffix("0000000000000002"))
    #expect(first.allSatisfy { "0123456789abcdef".contains($0) })
    var others = RequestIDs()
    #expect(others.next().description.prefix(16) != first.prefix(16))
  }

  /// The X-Request-ID of the answers to `requests`, in order, of which each is a connection of its own.
  private func answered(_ fields: [String], trusting proxy: String?, handlerSays own: String? = nil, observes: Bool = true) async throws
    -> (answers: [[String]], heard: [String?])
  {
    let recorder = ExchangeRecorder(wantsRequestIDs: true)
    var configuration = ServerConfiguration.forTests
    if observes { configuration.observers = [recorder] }
    if let proxy {
      let isAddress = configuration.trustedProxies.trust(proxy)
      #expect(isAddress)
    }
    let answers = try await withServer(configuration) { request in
      try await request.respond(.ok, "x", headers: own.map { [.init("x-request-id")!: $0] } ?? [:])
    } _: { _, address in
      var answers: [[String]] = []
      for field in fields {
        let answer = try await roundTrip(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(field)\r\n")
        let lines = answer.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("x-request-id: ") }
        answers.append(lines.map { String($0.dropFirst("x-request-id: ".count)) })
      }
      return answers
    }
    return (answers, recorder.entries.map { $0.answer.requestID?.description })
  }

  @Test func `a trusted proxy chooses the id, which the client is answered and observers hear`() async throws {
    let (answers, heard) = try await answered(["X-Request-ID: from-proxy:1\r\n"], trusting: "127.0.0.1")
    #expect(answers == [["from-proxy:1"]] && heard == ["from-proxy:1"])
  }

  @Test func `a client that is not trusted does not, and neither does a value that is invalid`() async throws {
    let (untrusted, _) = try await answered(["X-Request-ID: mine\r\n", ""], trusting: nil)
    let (invalid, _) = try await answered(["X-Request-ID: a b\r\n", "X-Request-ID: \r\n"], trusting: "127.0.0.1")
    for id in try (untrusted + invalid).map({ try #require($0.first) }) { #expect(id.utf8.count == 32, "\(id)") }
    #expect(Set((untrusted + invalid).flatMap { $0 }).count == 4)
  }

  @Test func `the id takes the place of one that the handler answers with, which may be that of another request`() async throws {
    let (answers, heard) = try await answered([""], trusting: nil, handlerSays: "of-a-recording")
    #expect(answers == [heard.compactMap { $0 }] && heard.first??.utf8.count == 32)
    let (unobserved, _) = try await answered([""], trusting: nil, handlerSays: "own", observes: false)
    #expect(unobserved == [["own"]])
  }

  @Test func `an answer that was laid out at load has the id of each request, and its own no more`() async throws {
    let prepared = PreparedResponse(
      status: 200, fields: [FieldLine("X-Request-Id", "own"), FieldLine("X-Other", "1")], body: Array("x".utf8))
    let recorder = ExchangeRecorder(wantsRequestIDs: true)
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let answer = try await withServer(configuration) { request in
      try await request.send(.prepared(prepared))
    } _: { _, address in
      try await roundTrip(address, request)
    }
    let id = try #require(recorder.entries.first?.answer.requestID)
    #expect(answer.contains("\r\nX-Other: 1\r\n") && answer.contains("\r\nX-Request-ID: \(id)\r\n") && !answer.contains("own"))
    #expect(answer.contains(" GMT\r\n") && answer.hasSuffix("\r\n\r\nx"), "the date stands in its place")
  }

  @Test func `without an observer that wants ids there are none`() async throws {
    #expect(try await answered([""], trusting: nil, observes: false).answers == [[]])
  }

  @Test func `what the server answers itself has an id, too`() async throws {
    let recorder = ExchangeRecorder(wantsRequestIDs: true)
    var configuration = ServerConfiguration.forTests
    configuration.observers = [recorder]
    let requests = ["no request\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]
    let answers = try await withServer(configuration) { _ in
    } _: { _, address in
      var answers: [String] = []
      for request in requests { answers.append(try await roundTrip(address, request)) }
      return answers
    }
    let heard = recorder.entries.compactMap { $0.answer.requestID?.description }
    try #require(heard.count == 2)
    for (answer, id) in zip(answers, heard) { #expect(answer.contains("\r\nX-Request-ID: \(id)\r\n")) }
  }
}
