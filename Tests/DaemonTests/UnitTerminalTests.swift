import HTTPCore
import HTTPRoutes
import Reactor
import Testing

@testable import asynchttpd

@Suite struct UnitTerminalTests {
  func line(width: Int, _ change: (inout RequestLine) -> Void = { _ in }) -> String {
    var line = RequestLine(
      time: "10:57:17", method: "GET", status: 200, microseconds: 1_234, target: "/api/users/7?full=1", route: "get-user")
    change(&line)
    var text = PaintedText(isPainted: false)
    line.append(to: &text, width: width)
    return text.text
  }

  @Test func `a line has time, method, status, duration, target, route and outcome`() {
    #expect(line(width: 100) == "10:57:17  GET     200  1.2ms  /api/users/7?full=1  get-user\n")
    #expect(line(width: 100) { $0.outcome = "recorded" }.hasSuffix("/api/users/7?full=1  get-user  recorded\n"))
    #expect(
      line(width: 100) {
        $0.route = nil; $0.status = 404; $0.nearest = "a at b.yaml:1:2: path differs"
      }
      .hasSuffix("404  1.2ms  /api/users/7?full=1  nearest: a at b.yaml:1:2: path differs\n"))
    #expect(
      line(width: 100) {
        $0.status = 0; $0.outcome = "reset"
      }.contains("  ---  1.2ms  "))
  }

  @Test(arguments: [20, 40, 59, 60, 61, 80, 200])
  func `no line is wider than the terminal`(width: Int) {
    for size in [0, 1, 20, 50, 1_000] {
      let long = String(repeating: "x", count: size)
      for text in [
        line(width: width) { $0.target = "/\(long)" },
        line(width: width) {
          $0.target = "/\(long)"; $0.route = nil; $0.nearest = long
        },
        line(width: width) { $0.route = long }, line(width: width) { $0.method = long }, line(width: width) { $0.target = "/日本\(long)" },
      ] {
        #expect(text.unicodeScalars.reduce(-1) { $0 + max($1.terminalColumns, $1 == "\n" ? 1 : 0) } <= max(width, 42), "\(text)")
      }
    }
  }

  @Test(
    arguments: [
      (0, "0.0ms"), (49, "0.0ms"), (50, "0.1ms"), (1_234, "1.2ms"), (9_949, "9.9ms"), (9_950, "10ms"), (999_940, "999ms"),
      (1_500_000, "1.5s"),
      (59_900_000, "59.9s"), (125_000_000, "2m05s"), (-5, "0.0ms"),
    ] as [(Int64, String)])
  func `durations are as short as they are read`(microseconds: Int64, text: String) {
    #expect(RequestLine.duration(microseconds) == text)
  }

  @Test func `what is painted is escaped, and colours end`() {
    var text = PaintedText(isPainted: true)
    text.append("a\u{1B}[2Jb\n", .bad)
    #expect(text.text == "\u{1B}[31ma\\u{1B}[2Jb\u{1B}[0m\n")
    var plain = PaintedText(isPainted: false)
    plain.append("a\u{7}\tb", .good)
    #expect(plain.text == "a\\u{07}\tb")
  }

  @Test func `kinds are counted, the most frequent first`() {
    #expect(Greeting.counts(of: ["json", "static", "text", "static", "json", "json"]) == "3 json, 2 static, 1 text")
  }

  @Test func `addresses are URLs that a browser takes`() throws {
    #expect(ServedURL.url(of: try #require(SocketAddress("127.0.0.1", port: 8080))) == "http://127.0.0.1:8080/")
    #expect(ServedURL.url(of: try #require(SocketAddress("::1", port: 80))) == "http://[::1]/")
    #expect(ServedURL.url(of: try #require(SocketAddress("0.0.0.0", port: 3000))) == "http://localhost:3000/")
    #expect(ServedURL.url(of: try #require(SocketAddress(unixPath: "/run/a.sock"))) == nil)
  }

  @Test func `an excerpt is read where a diagnostic lacks it`() {
    let diagnostic = Diagnostic(.error, file: "/nowhere/a.yaml", line: 2, column: 1, message: "m")
    #expect(diagnostic.withSourceLine == diagnostic)
  }
}
