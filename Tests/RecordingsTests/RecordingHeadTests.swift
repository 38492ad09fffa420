import HTTPCore
import Testing

@testable import Recordings

struct RecordingHeadTests {
  @Test func `a head reads back as it was written`() throws {
    var head = RecordingHead()
    head.request = "GET /catalog/items?q=\"x\" HTTP/1.1"
    head.key = ["GET /items?q=%22x%22", "accept: */*"]
    head.status = 404
    head.headers = [
      .init("Content-Type", "application/json"), .init("Set-Cookie", "a=1; Path=/"),
      .init("Set-Cookie", "b: 2 # no comment"), .init("X-Odd", "tab\there \u{85} ü \\ \" yes"),
      .init("X-Empty", ""), .init("X-Number", "1.0"), .init("X-Word", "no"),
      .init("X-Null", "null"), .init("X-Tilde", "~"),
      .init("X-Latin", ObsText.text([0x63, 0x61, 0x66, 0xE9, 0x20, 0x22, 0x5C, 0x80, 0xFF])),
      // Twice encoded: still UTF-8.
      .init("X-Double", ObsText.text("\u{C3}\u{A9}".utf8)), .init("X-Last", ObsText.text("\u{10FFFF}".utf8)),
    ]
    head.redacted = ["Authorization"]
    head.recordedAt = 1_795_374_000
    head.upstream = "https://example.com/v2/items?q=%22x%22"
    head.durationMilliseconds = 184
    head.body = .init(file: "items?q=%22x%22.json", size: 27, digest: "ab")
    let read = try RecordingHead(yaml: Array(head.yaml.utf8), path: "x.head.yaml")
    #expect(read == head)
  }

  @Test func `a value that is no UTF-8 is written character by octet`() throws {
    var head = RecordingHead()
    head.headers = [.init("X-Name", ObsText.text([0x63, 0x61, 0x66, 0xE9]))]
    #expect(head.yaml.contains("  - X-Name: {latin1: \"café\"}\n"))
    for spelling in ["café", "\"caf\\xE9\""] {
      let read = try RecordingHead(yaml: Array("headers:\n  - X-Name: {latin1: \(spelling)}\n".utf8), path: "x")
      #expect(read.headers == head.headers)
    }
    let text = try RecordingHead(yaml: Array("headers: {X-Name: café}\n".utf8), path: "x")
    #expect(text.headers == [.init("X-Name", "café")])
  }

  @Test func `a head by hand needs no more than a status`() throws {
    let head = try RecordingHead(yaml: Array("status: 503\nheaders: {Retry-After: 30}\n".utf8), path: "x")
    #expect(head.status == 503)
    #expect(head.headers == [.init("Retry-After", "30")])
    #expect(head.match(RecordingKey(method: "GET", path: "/anything"), former: nil) { _ in nil } == .own)
  }

  @Test(arguments: [
    ("status: 99\n", "x.head.yaml:1:9: a status is a number from 200 to 599"),
    ("status: 200\nheaders:\n  - \"bad name\": x\n", "x.head.yaml:3:5: this is no header field"),
    ("body: {file: ../../etc/passwd}\n", "x.head.yaml:1:7: a body is a file beside its head file"),
    ("headers:\n  - X: {latin1: €}\n", "x.head.yaml:2:8: latin1 has no character beyond U+00FF: each is an octet"),
    ("headers:\n  - X: {latin2: a}\n", "x.head.yaml:2:8: a field value is a text, or {latin1: TEXT} for octets that are no UTF-8"),
    ("headers:\n  - X: [a]\n", "x.head.yaml:2:8: a field value is a text, or {latin1: TEXT} for octets that are no UTF-8"),
    ("headers:\n  - X: {latin1: \"a\\rb\"}\n", "x.head.yaml:2:5: this is no header field"),
    ("- a\n", "x.head.yaml: a head file is a mapping"),
    ("", "x.head.yaml: a head file is a mapping"),
  ])
  func `a head that makes no sense says where`(_ yaml: String, _ reason: String) {
    #expect(throws: RecordingHead.Fault(description: reason)) {
      try RecordingHead(yaml: Array(yaml.utf8), path: "x.head.yaml")
    }
  }

  @Test func `times are RFC 3339 in UTC`() {
    #expect(RecordingHead.timestamp(0) == "1970-01-01T00:00:00Z")
    #expect(RecordingHead.timestamp(951_782_399) == "2000-02-28T23:59:59Z")
    #expect(RecordingHead.seconds("2000-02-28T23:59:59Z") == 951_782_399)
    #expect(RecordingHead.seconds("yesterday") == nil)
  }
}
