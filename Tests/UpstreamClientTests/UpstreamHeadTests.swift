import HTTPCore
import Testing

@testable import UpstreamClient

struct UpstreamHeadTests {
  private func collect(_ lines: [String]) -> (UpstreamHeadCollector, [UpstreamHeadCollector.Progress]) {
    var collector = UpstreamHeadCollector()
    let progress = lines.map { line in Array(line.utf8).withUnsafeBytes { collector.append($0) } }
    return (collector, progress)
  }

  @Test func `a head is complete at its empty line`() {
    let (collector, progress) = collect(["HTTP/2 204 \r\n", "a:b\r\n", "\r\n"])
    #expect(progress == [.more, .more, .complete])
    #expect(collector.head.status == 204)
    #expect(collector.head.httpVersion == "2")
    #expect(collector.head.headers.map { "\($0.name)=\($0.value)" } == ["a=b"])
  }

  @Test(arguments: [
    "HTTP/1.1\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 abc OK\r\n", "HTTP/1.1 099 No\r\n", "HTTP/1.1 600 No\r\n", "HTTP/1.1 999 No\r\n",
    "HTTP/1.1 +99 No\r\n", "ICY 200 OK\r\n", "\r\n",
  ])
  func `a bad status line is malformed`(_ line: String) {
    #expect(collect([line]).1 == [.malformed("the status line")])
  }

  @Test func `a mark that joins the octet before it hides neither slash nor space`() {
    let (collector, progress) = collect(["HTTP/\u{301}1.1 200 \u{301}\r\n", "\r\n"])
    #expect(progress == [.more, .complete])
    #expect(collector.head.status == 200)
  }

  @Test(arguments: ["A: b\0c\r\n", "A: b\rc\r\n", "A: b\r\r\n", "A\u{7}: b\r\n", "A: \u{7f}\r\n", " \u{1}\r\n"])
  func `a control character is malformed, a bare line feed ends a line`(_ line: String) {
    #expect(collect(["HTTP/1.1 200 OK\n", "A: b\n", line]).1 == [.more, .more, .malformed("a control character in its head")])
    #expect(collect(["HTTP/1.1 200 OK\0\r\n"]).1 == [.malformed("a control character in its head")])
  }

  @Test func `a line without a name is malformed`() {
    #expect(collect(["HTTP/1.1 200 OK\r\n", ": x\r\n"]).1.last == .malformed("a header line without a name"))
    #expect(collect(["HTTP/1.1 200 OK\r\n", "no colon\r\n"]).1.last == .malformed("a header line without a name"))
    #expect(collect(["HTTP/1.1 200 OK\r\n", " folded\r\n"]).1.last == .malformed("a continuation line without a field"))
  }

  @Test func `the same length twice is one length`() {
    let (_, progress) = collect(["HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "content-length: 5\r\n", "\r\n"])
    #expect(progress.last == .complete)
    let (list, _) = collect(["HTTP/1.1 200 OK\r\n", "Content-Length: 05 ,5\r\n", "\r\n"])
    #expect(list.head.contentLength == 5)
    #expect(collect(["HTTP/1.1 200 OK\r\n", "Content-Length: 5, 6\r\n"]).1.last == .malformed("two Content-Length fields that differ"))
  }

  @Test(arguments: ["0x5", "+5", "-5", "5;", "5 5", "", ",", "5,", "٥", "1e1", "5.0", "99999999999999999999"])
  func `a length that is not digits is malformed`(_ length: String) {
    let (_, progress) = collect(["HTTP/1.1 200 OK\r\n", "Content-Length: \(length)\r\n"])
    #expect(progress.last == .malformed("a Content-Length that is not a number"))
  }

  @Test(arguments: ["gzip, chunked", "chunked, chunked", "gzip", "identity", "", "chunked;q=1", "xchunked"])
  func `a transfer coding that nobody asked for is malformed`(_ coding: String) {
    let (_, progress) = collect(["HTTP/1.1 200 OK\r\n", "Transfer-Encoding: \(coding)\r\n"])
    #expect(progress.last == .malformed("a Transfer-Encoding that is not chunked"))
  }

  @Test func `Transfer-Encoding overrides Content-Length, and the connection ends`() {
    let (both, progress) = collect([
      "HTTP/1.1 200 OK\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: Chunked\r\n", "A: b\r\n", "\r\n",
    ])
    #expect(progress.last == .complete)
    #expect(both.head.contentLength == nil && both.head.isChunked && both.closesConnection)
    #expect(both.head.headers.map(\.name) == ["Transfer-Encoding", "A"])
    #expect(
      collect(["HTTP/1.0 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "\r\n"]).1.last
        == .malformed("Transfer-Encoding in an HTTP/1.0 response"))
    #expect(
      collect(["HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n"]).1.last
        == .malformed("a Transfer-Encoding that is not chunked"))
  }

  @Test func `a blank before the colon is taken out, but for the fields that frame the content`() {
    let (collector, _) = collect(["HTTP/1.1 200 OK\r\n", "A \t: b\r\n", "\r\n"])
    #expect(collector.head.headers.map { "\($0.name)=\($0.value)" } == ["A=b"])
    for name in ["Content-Length", "transfer-encoding"] {
      #expect(collect(["HTTP/1.1 200 OK\r\n", "\(name) : 5\r\n"]).1.last == .malformed("a blank after the name \(name)"))
    }
  }

  @Test func `an interim response does not frame the final one`() {
    #expect(
      collect(["HTTP/1.1 103 Hints\r\n", "Transfer-Encoding: chunked\r\n", "\r\n"]).1.last
        == .malformed("an interim response with Transfer-Encoding"))
    let interim = ["HTTP/1.1 100 Continue\r\n", "Content-Length: 3\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"]
    #expect(collect(interim + ["\r\n"]).1.last == .malformed("an interim response with the length of the final one"))
    #expect(collect(interim + ["Content-Length: 0\r\n", "\r\n"]).1.last == .complete)
  }

  @Test func `a folded value has no blanks around it`() {
    let (collector, _) = collect(["HTTP/1.1 200 OK\r\n", "A:\r\n", "  b\r\n", "C: d\r\n", "\t\r\n", " e \r\n", "\r\n"])
    #expect(collector.head.headers.map { "\($0.name)=\($0.value)" } == ["A=b", "C=d e"])
  }

  @Test func `octets that are no UTF-8 come through`() {
    var collector = UpstreamHeadCollector()
    for line in [Array("HTTP/1.1 200 OK\r\n".utf8), Array("A: caf".utf8) + [0xE9, 0x20, 0x0D, 0x0A], [0x20, 0xFF, 0x0A], [0x0D, 0x0A]] {
      _ = line.withUnsafeBytes { collector.append($0) }
    }
    #expect(collector.head.headers.map { ObsText.octets($0.value) } == [Array("caf".utf8) + [0xE9, 0x20, 0xFF]])
  }

  @Test func `a folded length is malformed`() {
    let (_, progress) = collect(["HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", " 6\r\n"])
    #expect(progress.last == .malformed("Content-Length over several lines"))
  }

  @Test func `a switch of protocols that nobody asked for is malformed`() {
    #expect(collect(["HTTP/1.1 101 Switching Protocols\r\n", "\r\n"]).1.last == .malformed("101 Switching Protocols, unasked"))
  }

  @Test func `fields of an interim response do not leak into the final one`() {
    let (collector, _) = collect([
      "HTTP/1.1 103 Hints\r\n", "Content-Length: 3\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n", "\r\n",
    ])
    #expect(collector.head.headers.map(\.value) == ["4"])
    #expect(collector.isComplete)
  }

  @Test func `lines after the head are trailers`() {
    let (collector, progress) = collect(["HTTP/1.1 200 OK\r\n", "\r\n", "T: x\r\n"])
    #expect(progress.last == .more)
    #expect(collector.head.headers.isEmpty)
  }

  @Test func `trailers have an end`() {
    let many = collect(["HTTP/1.1 200 OK\r\n", "\r\n"] + [String](repeating: "T: x\r\n", count: 201)).1
    #expect(many.dropLast().allSatisfy { $0 != .tooLarge(.fields(200)) } && many.last == .tooLarge(.fields(200)))
    let long = collect(["HTTP/1.1 200 OK\r\n", "\r\n"] + [String](repeating: "T: \(String(repeating: "x", count: 4_000))\r\n", count: 17)).1
    #expect(long.last == .tooLarge(.head(65_536)))
  }
}
