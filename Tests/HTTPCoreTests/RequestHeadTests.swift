import HTTPCore
import Testing

@Suite struct RequestHeadTests {
  private let bytes = Array("GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: x\r\naccept:  y \r\nACCEPT:\r\nX-Real-IP: \u{E9}\r\n\r\n".utf8)

  private func head() throws -> RequestHead {
    var parser = HeadParser()
    #expect(try parser.parse(bytes.span))
    return parser.head
  }

  private func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }

  @Test func `parts are ranges of the bytes`() throws {
    let head = try head()
    #expect(text(head.method) == "GET")
    #expect(text(head.target) == "/a?b")
    #expect(text(head.path) == "/a")
    #expect(text(head.query) == "b")
    #expect(text(head.host) == "a")
    #expect(head.fields.map { text($0.name) } == ["Host", "Accept", "accept", "ACCEPT", "X-Real-IP"])
    #expect(head.fields.map { text($0.value) } == ["a", "x", "y", "", "\u{E9}"])
    #expect(head.knownMethod == .get)
  }

  @Test func `the first value of a field is that of its first line`() throws {
    let head = try head()
    #expect(text(head.firstValue(of: .accept)) == "x")
    #expect(head.firstValue(of: .range) == nil)
  }

  @Test func `repeated lines combine with commas`() throws {
    let head = try head()
    #expect(head.combinedValue(of: .accept, in: bytes.span) == "x, y, ")
    #expect(head.combinedValue(of: .xRealIP, in: bytes.span) == "\u{E9}")
    #expect(head.combinedValue(of: .range, in: bytes.span) == nil)
  }

  @Test func `octets that are not UTF-8 become replacement characters`() throws {
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nCookie: a".utf8) + [0xFF] + Array("b\r\n\r\n".utf8)
    var parser = HeadParser()
    #expect(try parser.parse(bytes.span))
    #expect(parser.head.combinedValue(of: .cookie, in: bytes.span) == "a\u{FFFD}b")
  }
}
