import HTTPCore
import Testing

@testable import HTTPRoutes

@Suite struct AnswerFieldsTests {
  private func names(_ fields: [FieldLine], ofStatus status: Int = 200) -> [String] {
    AnswerFields.permitted(fields, ofStatus: status).map(\.name)
  }

  @Test(arguments: [
    "Content-Length", "TRANSFER-ENCODING", "connection", "Keep-Alive", "Upgrade", "Trailer", "TE", "Date", "HTTP2-Settings",
    "Proxy-Authenticate", "Proxy-Connection", "Proxy-Authentication-Info", "Proxy-Features",
  ])
  func `what frames an answer or is about one connection is the server's own`(_ name: String) {
    #expect(names([FieldLine(name, "1"), FieldLine("X-Kept", "2")]) == ["X-Kept"])
  }

  @Test(arguments: ["Server", "Via", "Proxy-Status", "Age", "Set-Cookie", "Link", "Content-Encoding", "Dated", "Content-Lengths"])
  func `what describes the answer or its author is passed on`(_ name: String) {
    #expect(names([FieldLine(name, "x")]) == [name])
  }

  @Test func `fields that Connection names end with it, whatever their case`() {
    #expect(
      names([
        FieldLine("x-hop", "1"), FieldLine("Connection", "close, X-Hop"), FieldLine("connection", "Other"), FieldLine("OTHER", "2"),
        FieldLine("X-End", "3"),
      ]) == ["X-End"])
  }

  @Test func `a field that cannot be written is left out`() {
    #expect(
      names([FieldLine("bad name", "1"), FieldLine("X-Split", "a\r\nSet-Cookie: b"), FieldLine("", "x"), FieldLine("X-End", "3")]) == [
        "X-End"
      ])
  }

  @Test func `a whole answer has no Content-Range of its own`() {
    let fields = [FieldLine("Content-Range", "bytes 0-1/2")]
    #expect(names(fields) == [])
    #expect(names(fields, ofStatus: 206) == ["Content-Range"])
    #expect(names(fields, ofStatus: 416) == ["Content-Range"])
  }
}
