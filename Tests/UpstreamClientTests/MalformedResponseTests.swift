import Reactor
import Testing

@testable import UpstreamClient

extension UpstreamClientTests {
  /// Each answer is refused with a reason, or is what it says, whole: nothing hangs, and no part passes for the whole.
  @Suite struct MalformedResponseTests {
    /// What the upstream sends before it closes, and the content that it amounts to; nil where there is none to be believed.
    struct Answer: CustomTestStringConvertible, Sendable {
      let bytes: String
      let content: String?

      init(_ bytes: String, _ content: String? = nil) {
        self.bytes = bytes
        self.content = content
      }

      var testDescription: String { String(bytes.debugDescription.prefix(120)) }
    }

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"

    static let heads: [Answer] = [
      // The status line.
      Answer(""), Answer("\r\n"), Answer("HTTP/1.1\r\n\r\n"), Answer("HTTP/1.1 \r\n\r\n"), Answer("HTTP/1.1 20\r\n\r\n"),
      Answer("HTTP/1.1 2000 OK\r\n\r\n"), Answer("HTTP/1.1 OK\r\n\r\n"), Answer("HTTP/1.1 -20 OK\r\n\r\n"),
      Answer("HTTP/9.9 200 OK\r\n\r\n"),
      Answer("HTTP/1.1abc 200 OK\r\n\r\n"), Answer("http/1.1 200 OK\r\n\r\n"), Answer("ICY 200 OK\r\n\r\n"), Answer("200 OK\r\n\r\n"),
      Answer("<html>hello</html>"), Answer("\0\0\0\0"), Answer("HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"),
      Answer("HTTP/1.1 101 Switching Protocols\r\n\r\n"), Answer("GET / HTTP/1.1\r\n\r\n"),
      Answer("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok"), Answer("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok"),
      // Line ends.
      Answer("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok"), Answer("HTTP/1.1 200 OK\rContent-Length: 2\r\rok"),
      Answer("HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\n\r\nok"), Answer(ok + "A: b\rContent-Length: 2\r\n\r\nok"),
      Answer(ok + "A: b\0\r\nContent-Length: 2\r\n\r\nok"), Answer(ok + "A: b\u{7f}\r\nContent-Length: 2\r\n\r\nok"),
      // Fields.
      Answer(ok + "no colon\r\n\r\n"), Answer(ok + ": x\r\n\r\n"), Answer(ok + " folded\r\n\r\n"),
      Answer(ok + "A: b\r\n\tc\r\nContent-Length: 2\r\n\r\nok", "ok"), Answer(ok + "A : b\r\nContent-Length: 2\r\n\r\nok", "ok"),
      Answer(ok + String(repeating: "X: y\r\n", count: 201) + "\r\n"),
      Answer(ok + "X: " + String(repeating: "y", count: 70_000) + "\r\n\r\n"),
      Answer(ok + "X: " + String(repeating: "y", count: 200_000)), Answer(ok), Answer(ok + "Content-Length: 0\r\n"),
      // Interim responses.
      Answer(String(repeating: "HTTP/1.1 103 Hints\r\n\r\n", count: 17) + ok + "\r\n"), Answer("HTTP/1.1 100 Continue\r\n\r\n"),
      Answer("HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok"),
      Answer("HTTP/1.1 103 Hints\r\nContent-Length: 1\r\n\r\n" + ok + "\r\nok"),
      Answer("HTTP/1.1 103 Hints\r\nContent-Length: 1\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok", "ok"),
    ]

    static let lengths: [Answer] = [
      Answer(ok + "Content-Length: 0x5\r\n\r\nhello"), Answer(ok + "Content-Length: +5\r\n\r\nhello"),
      Answer(ok + "Content-Length: -5\r\n\r\nhello"),
      Answer(ok + "Content-Length: 5 5\r\n\r\nhello"), Answer(ok + "Content-Length: 5;\r\n\r\nhello"),
      Answer(ok + "Content-Length:\r\n\r\nhello"),
      Answer(ok + "Content-Length: 1e1\r\n\r\nhello"), Answer(ok + "Content-Length: 99999999999999999999\r\n\r\nhello"),
      Answer(ok + "Content-Length: 9223372036854775808\r\n\r\nhello"), Answer(ok + "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello"),
      Answer(ok + "Content-Length: 5, 4\r\n\r\nhello"), Answer(ok + "Content-Length: 5\r\n 5\r\n\r\nhello"),
      Answer(ok + "Content-Length : 4\r\n\r\nhello"), Answer(ok + "Content-Length: 6\r\n\r\nhello"),
      Answer(ok + "Content-Length: 9223372036854775807\r\n\r\nhello"), Answer(ok + "Content-Length: 5, 5\r\n\r\nhello", "hello"),
      Answer(ok + "Content-Length: 05\r\n\r\nhello", "hello"), Answer(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "hello"),
      Answer(ok + "Content-Length: 5\r\n\r\nhello, world", "hello"), Answer(ok + "\r\nhello", "hello"),
      Answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", ""),
      // Beside Transfer-Encoding.
      Answer(ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
      Answer(ok + "Transfer-Encoding: chunked\r\nContent-Length: 999\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
      Answer(ok + "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n\r\nok"),
      Answer(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
      Answer(ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Answer(ok + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok"),
      Answer(ok + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
      Answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ]

    static let chunks: [Answer] = [
      Answer(chunked + "5\r\nhello\r\n0\r\n\r\n", "hello"), Answer(chunked + "00005\r\nhello\r\n000\r\n\r\n", "hello"),
      Answer(chunked + "5  \r\nhello\r\n0\r\n\r\n", "hello"), Answer(chunked + "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello"),
      Answer(chunked + "5\nhello\n0\n\n", "hello"), Answer(chunked + "5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello"),
      Answer(chunked + "0x5\r\nhello\r\n0\r\n\r\n"), Answer(chunked + "0x5\r\na: b\r\n\r\n"), Answer(chunked + "5x\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "+5\r\nhello\r\n0\r\n\r\n"), Answer(chunked + "-5\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + " 5\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "g\r\nhello\r\n0\r\n\r\n"), Answer(chunked + "\r\n5\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "5\rhello\r\n0\r\n\r\n"),
      Answer(chunked + "5\r\rhello\r\n0\r\n\r\n"), Answer(chunked + "4\r\nhello\r\n0\r\n\r\n"), Answer(chunked + "6\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "5\r\nhello\r\r\n0\r\n\r\n"), Answer(chunked + "5\r\nhello0\r\n\r\n"), Answer(chunked + "5\r\nhello\r\n"),
      Answer(chunked + "5\r\nhello\r\n0"), Answer(chunked + "5\r\nhello\r\n0\r\n"), Answer(chunked + "5\r\nhello\r\n0\r\nA: b\r\n"),
      Answer(chunked + "FFFFFFFFFFFFFFFFF\r\nhello"), Answer(chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "FFFFFFFFFFFFFFFF\r\nhello"), Answer(chunked),
      Answer(chunked + "5;" + String(repeating: "x", count: 70_000) + "\r\nhello\r\n0\r\n\r\n"),
      Answer(chunked + "0\r\n" + String(repeating: "A: b\r\n", count: 201) + "\r\n"),
      Answer(chunked + "0\r\nA: " + String(repeating: "x", count: 70_000) + "\r\n\r\n"),
    ]

    @Test(arguments: heads + lengths + chunks)
    func `a response is what it says, whole, or refused`(_ answer: Answer) async {
      let outcome = await outcome("/raw/" + hex(answer.bytes))
      switch (outcome, answer.content) {
      case (.success(let text), let content?): #expect(text == content)
      case (.failure(.malformed), nil), (.failure(.reset), nil), (.failure(.tooLarge), nil): break
      default: Issue.record("\(outcome)")
      }
    }

    @Test(arguments: chunks)
    func `chunks are read the same however they arrive`(_ answer: Answer) {
      let bytes = Array(answer.bytes.utf8.dropFirst(Self.chunked.utf8.count))
      var whole = UpstreamChunks()
      let defect = bytes.withUnsafeBytes { whole.append($0) }
      var split = UpstreamChunks()
      let first = bytes.lazy.compactMap { byte in withUnsafeBytes(of: byte) { split.append($0) } }.first
      #expect(first == defect)
    }

    @Test(arguments: [
      ("a head", ok, "A: b\r\n"), ("a line", ok + "A: ", "b"), ("interim responses", "", "HTTP/1.1 102 Processing\r\n\r\n"),
      ("a chunk's extensions", chunked + "5;", "a"), ("extensions", chunked, "1;aaaaaaaaaaaaaaaa\r\nx\r\n"),
      ("trailers", chunked + "0\r\n", "A: b\r\n"), ("a trailer", chunked + "0\r\nA: ", "b"), ("a size", chunked, "0"),
      ("a status line", "HTTP/1.1 200 ", "a"),
    ])
    func `what never ends is refused`(_ what: String, _ begin: String, _ again: String) async {
      let outcome = await outcome("/for-ever/\(hex(begin))/\(hex(again))")
      switch outcome {
      case .failure(.malformed), .failure(.tooLarge): break
      default: Issue.record("\(what): \(outcome)")
      }
    }

    @Test(arguments: [
      (ok, "A: b\r\n", false), (ok + "A: ", "b", false), (chunked + "1\r\na\r\n5;", "a", true), (chunked + "0\r\n", "A: b\r\n", true),
    ])
    func `what trickles without content or end times out`(_ begin: String, _ again: String, _ hasHead: Bool) async {
      let outcome = await outcome("/drip/\(hex(begin))/\(hex(again))") { $0.timeouts.idle = 300 }
      guard case .failure(.timedOut(_, hasHead ? .receiving : .waiting)) = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }

    private func outcome(_ path: String, _ change: @Sendable (inout UpstreamRequest) -> Void = { _ in }) async -> Result<
      String, UpstreamError
    > {
      do { return .success(try await fetched(path, change).text) } catch { return .failure(error as? UpstreamError ?? .cancelled) }
    }
  }
}
