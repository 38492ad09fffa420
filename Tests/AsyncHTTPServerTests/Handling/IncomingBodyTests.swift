import HTTPCore
import Testing

@testable import AsyncHTTPServer

/// A request's body between the socket and the handler, without either.
@Suite struct IncomingBodyTests {
  /// The body of a request with these field lines.
  private func body(_ fields: String) throws -> IncomingBody {
    var parser = HeadParser()
    let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n".utf8)
    let isWhole = try parser.parse(bytes.span)
    try #require(isWhole)
    return IncomingBody(parser.head)
  }

  /// What is left of an arrival when it is compared.
  private enum Outcome: Equatable { case more, progress, ended, refused(Int) }

  private func receive(_ text: String, in body: inout IncomingBody, limit: Int = 1 << 20) -> (used: Int, outcome: Outcome) {
    let (used, arrival) = Array(text.utf8).withUnsafeBytes { body.receive($0, limit: limit) }
    switch arrival {
    case .more(let isProgress): return (used, isProgress ? .progress : .more)
    case .ended: return (used, .ended)
    case .refused(_, let status, _): return (used, .refused(status))
    }
  }

  private func read(_ body: inout IncomingBody) -> String {
    var text = ""
    while case .piece(let piece, _) = body.next() { text += String(decoding: piece, as: UTF8.self) }
    return text
  }

  @Test func `a body of a length ends with its last octet, and what follows is not its own`() throws {
    var body = try body("Content-Length: 5")
    #expect(body.isArriving && body.isOwed)
    #expect(receive("abc", in: &body) == (3, .more))
    #expect(receive("deGET /", in: &body) == (2, .ended))
    #expect(read(&body) == "abcde" && body.receivedCount == 5 && !body.isArriving)
    guard case .end = body.next() else { throw HTTPError(.internalServerError) }
  }

  @Test func `chunks are read without their framing`() throws {
    var body = try body("Transfer-Encoding: chunked")
    #expect(receive("3\r\nab", in: &body).outcome == .more)
    #expect(receive("c\r\n0\r\n\r\nGET /", in: &body) == (8, .ended))
    #expect(read(&body) == "abc")
  }

  @Test func `a chunk that will be too large is refused before it comes, one that breaks a rule at once`() throws {
    var large = try body("Transfer-Encoding: chunked")
    #expect(receive("5\r\n", in: &large, limit: 5).outcome == .more)
    #expect(receive("abcde\r\n1\r\n", in: &large, limit: 5).outcome == .refused(413))
    var broken = try body("Transfer-Encoding: chunked")
    #expect(receive("x", in: &broken).outcome == .refused(400))
  }

  @Test func `a kilobyte is progress, less is not`() throws {
    var body = try body("Content-Length: 100000")
    #expect(receive(String(repeating: "a", count: 1023), in: &body).outcome == .more)
    #expect(receive("a", in: &body).outcome == .progress)
    #expect(receive("a", in: &body).outcome == .more)
    #expect(!body.isFull)
    #expect(receive(String(repeating: "a", count: 65_536), in: &body).outcome == .progress)
    #expect(body.isFull)
    _ = read(&body)
    #expect(!body.isFull)
  }

  @Test func `a client that waits for 100 Continue is asked once, and owes nothing before`() throws {
    var body = try body("Content-Length: 1\r\nExpect: 100-continue")
    #expect(body.owesContinue && body.isArriving && !body.isOwed)
    let first = body.takeContinue()
    let second = body.takeContinue()
    #expect(first && !second && body.isOwed)
  }

  @Test func `what is discarded can be read no more`() throws {
    var body = try body("Content-Length: 6")
    _ = receive("abc", in: &body)
    body.discard()
    #expect(receive("def", in: &body).outcome == .ended)
    guard case .failed(.alreadyAnswered) = body.next() else { throw HTTPError(.internalServerError) }
  }

  @Test func `a failure is what a reader gets after what has come`() throws {
    var body = try body("Content-Length: 6")
    _ = receive("abc", in: &body)
    body.fail(.connectionClosed)
    #expect(read(&body) == "abc" && body.failure == .connectionClosed)
    guard case .failed(.connectionClosed) = body.next() else { throw HTTPError(.internalServerError) }
  }
}
