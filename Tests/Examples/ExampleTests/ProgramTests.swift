// The examples do what their first comment says.

import Foundation
import Testing

@Suite(.serialized) struct ProgramTests {
  @Test func `HelloWorld greets`() throws {
    let program = try ExampleProgram("HelloWorld")
    let answer = try program.curl("/", "--include")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"))
    #expect(answer.hasSuffix("\r\n\r\nHello World"))
  }

  @Test func `JSONExample answers JSON and prints what was asked`() throws {
    let program = try ExampleProgram("JSONExample")
    let answer = try program.curl("/anything?name=Ada", "--include", "--user-agent", "curl of the test")
    #expect(answer.contains("\r\nContent-Type: application/json\r\n"))
    #expect(answer.hasSuffix("\r\n\r\n{\"message\": \"Hello, World!\"}"))
    #expect(try program.nextLine() == "GET /anything?name=Ada curl of the test")
  }

  @Test func `StreamingUpload writes a large body to a file in little memory`() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let block = Data((0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) })
    var content = Data()
    for _ in 0..<1024 { content += block }
    let source = directory.appendingPathComponent("source")
    try content.write(to: source)

    let program = try ExampleProgram("StreamingUpload", directory.path)
    _ = try program.curl("/", "--data-binary", "warm-up")
    let before = try program.peakMemory()
    let answer = try program.curl("/", "--upload-file", source.path)
    let words = answer.split(separator: " ")
    try #require(words.count == 4, "\(answer)")
    #expect(words[0] == "\(content.count)")
    let file = words[3].trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == content)
    #expect(try program.peakMemory() - before < 8 << 20)

    #expect(try program.curl("/", "--include").hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nAllow: PUT, POST\r\n"))
  }

  @Test func `StreamingUpload leaves nothing of an upload that broke off`() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let program = try ExampleProgram("StreamingUpload", directory.path)
    let connection = try RawConnection(port: program.port)
    try connection.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno chunk size\r\n")
    #expect(try connection.receive().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    // The answer to what broke the body comes from the server; that the handler has heard of it shows in what it leaves behind.
    let deadline = Date(timeIntervalSinceNow: 60)
    while try !FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty, Date() < deadline { sched_yield() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
  }

  @Test func `ServerSentEvents sends one event after another`() throws {
    let program = try ExampleProgram("ServerSentEvents")
    let answer = try program.curl("/clock?every=1&count=3", "--include", "--no-buffer")
    #expect(answer.contains("\r\nContent-Type: text/event-stream\r\n") && answer.contains("\r\nTransfer-Encoding: chunked\r\n"))
    let events = answer.components(separatedBy: "\r\n\r\n")[1].components(separatedBy: "\n\n").dropLast()
    #expect(events.map { $0.prefix { $0 != "\n" } } == ["id: 1", "id: 2", "id: 3"])
  }

  @Test func `ServerSentEvents goes on while the client listens, and serves others after`() throws {
    let program = try ExampleProgram("ServerSentEvents")
    do {
      let endless = try RawConnection(port: program.port)
      try endless.send("GET /clock?every=1 HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try endless.receive(through: "\n\n\r\n")
    }
    #expect(try program.curl("/clock?count=1").hasPrefix("id: 1\nevent: tick\ndata: "))
  }

  @Test func `GracefulShutdown answers what is under way and ends`() throws {
    let program = try ExampleProgram("GracefulShutdown")
    let idle = try RawConnection(port: program.port)
    let busy = try RawConnection(port: program.port)
    try busy.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
    // The handler has asked for the body: the request is under way.
    #expect(try busy.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    program.signal(SIGTERM)
    // Idle connections are closed when the shutdown begins.
    #expect(try idle.receive() == "")
    #expect(throws: HarnessError.self) { try RawConnection(port: program.port) }
    try busy.send("abcdef")
    let answer = try busy.receive()
    #expect(answer.contains("\r\nConnection: close\r\n") && answer.hasSuffix("\r\n\r\n6 bytes arrived\n"))
    #expect(try program.nextLine() == "ended")
    #expect(program.exitStatus() == 0)
  }

  @Test func `ProtocolUpgrade exchanges frames once the protocol is agreed on`() throws {
    let program = try ExampleProgram("ProtocolUpgrade")
    let connection = try RawConnection(port: program.port)
    // The first frame comes with the request, and half of the second.
    try connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: netstring\r\n\r\n5:hello,3:a")
    #expect(
      try connection.receive(through: "5:olleh,")
        == "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: netstring\r\n\r\n5:olleh,")
    try connection.send("bc,")
    #expect(try connection.receive(through: ",") == "3:cba,")
    try connection.send("no frame")
    #expect(try connection.receive() == "")
    #expect(try program.curl("/", "--include").hasPrefix("HTTP/1.1 426 Upgrade Required\r\nUpgrade: netstring\r\n"))
  }
}
