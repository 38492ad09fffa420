import HTTPCore
import Logging
import Testing

@testable import asynchttpd

@Suite struct LogLineTests {
  /// 2026-11-22T18:34:00.123Z
  static let time = LogTime(seconds: 1_795_372_440, milliseconds: 123)

  static func line(_ message: String, _ fields: [(key: String, value: String)] = [], _ level: Logger.Level = .info) -> LogLine {
    LogLine(level: level, message: message, fields: fields)
  }

  @Test func `a line of text has time, level, message and fields`() {
    let line = Self.line("no room", [(key: "open", value: "1019"), (key: "limit", value: "1024")], .warning)
    #expect(line.text(at: Self.time) == "2026-11-22T18:34:00.123Z warning no room open=1019 limit=1024\n")
  }

  @Test func `milliseconds and the parts of a date keep their zeros`() {
    #expect(LogTime(seconds: 0, milliseconds: 7).description == "1970-01-01T00:00:00.007Z")
  }

  @Test func `a value that could be misread is quoted`() {
    let values = ["", "a b", "a=b", "say \"no\"", "C:\\", "plain-1.0/x"]
    let shown = values.map { Self.line("m", [(key: "k", value: $0)]).journal }
    #expect(
      shown == [
        "<6>m k=\"\"\n", "<6>m k=\"a b\"\n", "<6>m k=\"a=b\"\n", "<6>m k=\"say \\\"no\\\"\"\n", "<6>m k=\"C:\\\\\"\n",
        "<6>m k=plain-1.0/x\n",
      ])
  }

  @Test func `no control character of a value reaches the terminal`() {
    let hostile = "\u{1B}[2Jx\r\n2026 error forged\u{7F}\u{9B}31m\u{202E}"
    let text = Self.line("m", [(key: "target", value: hostile)]).text(at: Self.time)
    #expect(text.unicodeScalars.count { $0.isUnsafeToShow } == 1)
    #expect(text.hasSuffix("\n"))
    #expect(text.contains("\\u{1B}[2Jx\\r\\n2026 error forged"))
  }

  @Test func `a line break in a message stays, and what follows is indented so that it looks like no event`() {
    #expect(
      Self.line("a.yaml:1:1: error: x\n    1 | x\n2026 info forged").text(at: Self.time)
        == "2026-11-22T18:34:00.123Z info a.yaml:1:1: error: x\n        1 | x\n    2026 info forged\n")
    #expect(Self.line("a\nb\u{1B}", [], .error).journal == "<3>a\n<3>    b\\u{1B}\n")
  }

  @Test(arguments: [
    (Logger.Level.trace, "<7>"), (.debug, "<7>"), (.info, "<6>"), (.notice, "<5>"), (.warning, "<4>"), (.error, "<3>"), (.critical, "<2>"),
  ])
  func `levels have the priorities of syslog`(_ level: Logger.Level, _ priority: String) {
    #expect(Self.line("m", [], level).journal == "\(priority)m\n")
  }

  @Test func `a line of JSON is one object whatever is in it`() {
    let line = Self.line("two\nlines", [(key: "path", value: "/a\"\\\u{1}\u{2028}é"), (key: "level", value: "own")])
    #expect(
      line.json(at: Self.time)
        == "{\"time\":\"2026-11-22T18:34:00.123Z\",\"level\":\"info\",\"message\":\"two\\nlines\","
        + "\"path\":\"/a\\\"\\\\\\u0001\\u2028é\",\"_level\":\"own\"}\n")
  }
}
