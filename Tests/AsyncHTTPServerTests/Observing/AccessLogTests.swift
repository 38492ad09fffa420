import AsyncHTTPServer
import Foundation
import HTTPCore
import SystemPackage
import Testing

@Suite struct AccessLogTests {
  private static let requests =
    "GET /a?b=c HTTP/1.1\r\nHost: a\r\nUser-Agent: agent \"7\"\r\nReferer: http://example.com/\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
    + "HEAD /\u{202e}\u{9b} HTTP/1.1\r\nHost: a\r\n\r\n"

  /// A file of its own for each log.
  private static func newPath() -> FilePath { FilePath("/tmp/asynchttpd-access-\(UUID().uuidString).log") }

  /// Sends `requests` to a server that logs, and hands over the lines: sent, flushed and written.
  private func lines(_ log: AccessLog, _ path: FilePath, trusting proxies: String? = nil, _ requests: String) async throws -> [String] {
    var configuration = ServerConfiguration.forTests
    configuration.accessLog = log
    if let proxies {
      let isAddress = configuration.trustedProxies.trust(proxies)
      #expect(isAddress)
    }
    try await withServer(configuration) { request in
      try await request.respond(.ok, "hello")
    } _: { server, address in
      _ = try await roundTrip(address, requests)
      await server.flushObservers()
      await withCheckedContinuation { continuation in log.whenWritten { continuation.resume() } }
    }
    guard FileManager.default.fileExists(atPath: path.string) else { return [] }
    return try String(contentsOfFile: path.string, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// What readers of the combined format read of a line, and what is added to it.
  private static func parts(_ line: String) throws -> (combined: String, added: String) {
    let start = try #require(line.range(of: " duration_us="))
    return (String(line[..<start.lowerBound]), String(line[start.lowerBound...].dropFirst()))
  }

  @Test func `a combined line says who asked for what, and what came of it`() async throws {
    let path = Self.newPath()
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    let log = try AccessLog(path: path, format: .combined)
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let lines = try await lines(log, path, Self.requests.replacing("\u{202e}\u{9b}", with: "x") + last)
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("127.0.0.1 - - ["))
    let first = try Self.parts(lines[0])
    #expect(first.combined.hasSuffix("] \"GET /a?b=c HTTP/1.1\" 200 5 \"http://example.com/\" \"agent \\x227\\x22\""))
    #expect(try Self.parts(lines[1]).combined.hasSuffix("] \"HEAD /x HTTP/1.1\" 200 0 \"-\" \"-\""))
    let added = first.added.split(separator: " ").map { $0.split(separator: "=").map(String.init) }
    #expect(added.map { $0.first } == ["duration_us", "route", "outcome", "fault", "request_id", "bytes_in"])
    let values = added.compactMap { $0.last }
    #expect(try #require(Int(values[0])) >= 0 && values[1...3] == ["\"-\"", "-", "\"-\""] && values[5] == "0")
    #expect(values[4].utf8.count == 32)
  }

  @Test func `a line has the route, the outcome, the fault and the octets of both bodies`() async throws {
    for format in [AccessLog.Format.combined, .json] {
      let path = Self.newPath()
      defer { try? FileManager.default.removeItem(atPath: path.string) }
      let log = try AccessLog(path: path, format: format)
      var configuration = ServerConfiguration.forTests
      configuration.accessLog = log
      configuration.trustedProxies.trustsUnixPeers = true
      let name = RouteName(id: "a \"b\"", in: RouteSlots())
      try await withServer(configuration) { request in
        request.attribute(to: name)
        if request.target.raw == "/fault" { request.attribute(toFault: "5% status 503") } else { request.attribute(to: .fetched) }
        _ = try await request.body.collect(upTo: 10)
        try await request.respond(.ok, "hello")
      } _: { server, address in
        for target in ["/", "/fault"] {
          _ = try await roundTrip(address, "PUT \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
        }
        await server.flushObservers()
        await withCheckedContinuation { continuation in log.whenWritten { continuation.resume() } }
      }
      let lines = try String(contentsOfFile: path.string, encoding: .utf8).split(separator: "\n").map(String.init)
      try #require(lines.count == 2)
      switch format {
      case .combined:
        #expect(lines[0].contains(" route=\"a \\x22b\\x22\" outcome=fetched fault=\"-\" request_id=") && lines[0].hasSuffix(" bytes_in=3"))
        #expect(lines[1].contains(" outcome=fault fault=\"5% status 503\" request_id="))
      case .json:
        let objects = try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(objects[0]["route"] as? String == "a \"b\"" && objects[0]["outcome"] as? String == "fetched" && objects[0]["fault"] == nil)
        #expect(objects[0]["bytes_in"] as? Int == 3 && objects[0]["bytes_out"] as? Int == 5)
        #expect(objects[1]["outcome"] as? String == "fault" && objects[1]["fault"] as? String == "5% status 503")
        #expect((objects[0]["request_id"] as? String)?.utf8.count == 32 && objects[0]["duration_us"] as? Int != nil)
        let time = try #require(objects[0]["time"] as? String)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        #expect(formatter.date(from: time) != nil, "\(time)")
      }
    }
  }

  @Test func `a file that is created has the mode that was asked for, and one that is there keeps its own`() throws {
    let path = Self.newPath()
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    func mode() throws -> Int? { try FileManager.default.attributesOfItem(atPath: path.string)[.posixPermissions] as? Int }
    let log = try AccessLog(path: path, format: .json, mode: FilePermissions(rawValue: 0o666))
    #expect(try mode() == 0o666, "whatever the umask")
    try FileManager.default.removeItem(atPath: path.string)
    try log.reopen()
    #expect(try mode() == 0o666, "after a rotation, too")
    _ = try AccessLog(path: path, format: .json, mode: FilePermissions(rawValue: 0o600))
    #expect(try mode() == 0o666)
  }

  @Test func `a JSON line is an object, whatever the client sent`() async throws {
    let path = Self.newPath()
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    let log = try AccessLog(path: path, format: .json)
    // The second request is none: octets beyond ASCII do not stand in a path.
    let lines = try await lines(log, path, trusting: "127.0.0.0/8", Self.requests)
    try #require(lines.count == 2)
    let objects = try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    #expect(objects[0]["client"] as? String == "203.0.113.9")
    #expect(objects[0]["target"] as? String == "/a?b=c")
    #expect(objects[0]["user_agent"] as? String == "agent \"7\"")
    #expect(objects[0]["status"] as? Int == 200 && objects[0]["bytes_out"] as? Int == 5)
    #expect(objects[1]["client"] as? String == "127.0.0.1" && objects[1]["status"] as? Int == 400)
    #expect(objects[1]["request"] as? String == "HEAD /\u{202e}\u{9b} HTTP/1.1")
    #expect(try #require(objects[1]["bytes_out"] as? Int) > 0)
  }

  @Test func `no octet of a client's moves a cursor or reorders the text of a line`() async throws {
    let hostile = "\u{9b}31m\u{85}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}"
    let request = "GET /?\(hostile) HTTP/1.1\r\nHost: a\r\nUser-Agent: \(hostile)\r\nReferer: \(hostile)\r\nConnection: close\r\n\r\n"
    for format in [AccessLog.Format.combined, .json] {
      let path = Self.newPath()
      defer { try? FileManager.default.removeItem(atPath: path.string) }
      let lines = try await lines(try AccessLog(path: path, format: format), path, request)
      try #require(lines.count == 1)
      #expect(!lines[0].unicodeScalars.contains { $0.isUnsafeToShow }, "\(lines)")
      guard case .json = format else { continue }
      let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
      #expect(object["user_agent"] as? String == hostile && object["target"] as? String == "/?" + hostile)
    }
  }

  @Test(arguments: [
    ("no request\r\n\r\n", "no request"), ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a b HTTP/1.1"),
    ("\u{16}\u{3}\u{1}\u{2}\u{0}\r\n", "\\x16\\x03\\x01\\x02\\x00"), ("\r\nGET / HTTP/1.1\r\n folded\r\n\r\n", "GET / HTTP/1.1"),
    ("GET \"\u{1b}[2J\r\n\r\n", "GET \\x22\\x1B[2J"),
    ("GET /" + String(repeating: "a", count: 9000), "GET /" + String(repeating: "a", count: 1019)),
  ])
  func `what is no request leaves a line with what it began with, and the size of its answer`(request: String, line: String) async throws {
    let path = Self.newPath()
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    let lines = try await lines(try AccessLog(path: path, format: .combined), path, request)
    try #require(lines.count == 1)
    let rest = try #require(try Self.parts(lines[0]).combined.split(separator: "] ", maxSplits: 1).last)
    #expect(rest.hasPrefix("\"\(line)\" 4") && rest.hasSuffix(" \"-\" \"-\"") && !rest.hasSuffix(" 0 \"-\" \"-\""), "\(rest)")
  }

  @Test func `a request that is refused for its size leaves its own line`() async throws {
    let path = Self.newPath()
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    let request = "POST /big HTTP/1.1\r\nHost: a\r\nUser-Agent: t\r\nContent-Length: 99999999999\r\n\r\n"
    let lines = try await lines(try AccessLog(path: path, format: .combined), path, request)
    #expect(lines.count == 1)
    let combined = try Self.parts(try #require(lines.first)).combined
    #expect(combined.contains("] \"POST /big HTTP/1.1\" 413 ") && combined.hasSuffix(" \"-\" \"t\""), "\(lines)")
  }

  @Test func `a log that was renamed is opened anew`() async throws {
    let path = Self.newPath()
    let rotated = FilePath(path.string + ".1")
    defer { for file in [path, rotated] { try? FileManager.default.removeItem(atPath: file.string) } }
    let log = try AccessLog(path: path, format: .combined)
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    #expect(try await lines(log, path, request).count == 1)
    try FileManager.default.moveItem(atPath: path.string, toPath: rotated.string)
    try log.reopen()
    #expect(try await lines(log, path, request).count == 1)
    #expect(try String(contentsOfFile: rotated.string, encoding: .utf8).split(separator: "\n").count == 1)
    #expect(log.droppedLines == 0)
  }

  @Test func `lines that a full disk does not take are counted`() async throws {
    let path = FilePath("/dev/full")
    let log = try AccessLog(path: path, format: .combined)
    _ = try await lines(log, Self.newPath(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(log.droppedLines == 1)
  }

  @Test func `a log that cannot be opened says why`() {
    #expect(throws: Errno.noSuchFileOrDirectory) { try AccessLog(path: "/nowhere/access.log", format: .json) }
  }
}
