import AsyncHTTPServer
import Glibc
import Logging
import Reactor
import Synchronization
import Testing

/// Keeps what is logged.
private struct Recorder: LogHandler {
  final class Lines: Sendable {
    let texts = Mutex<[String]>([])
    func count(_ text: String) -> Int { texts.withLock { $0.count { $0 == text } } }
  }

  let lines: Lines
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.texts.withLock { $0.append("\(event.message)") } }
}

/// At the limit of descriptors: in processes of their own, whose limit is theirs.
@Suite struct GateTests {
  @Test func `forty clients at a limit for a few are all served, in one episode of the log`() async {
    await #expect(processExitsWith: .success) {
      let lines = Recorder.Lines()
      var configuration = ServerConfiguration.forTests
      configuration.logger = Logger(label: "test") { _ in Recorder(lines: lines) }
      // The clients are in this process as well: room for them, and for a few connections of the server.
      let open = try #require(ProcessDescriptors.openCount())
      configuration.maxDescriptors = open + 40 + 20
      try await withServer(configuration) { request in
        try await request.respond(.ok, "served")
      } _: { server, address in
        // All are connected, as far as the kernel is concerned, and have asked, before the first reads its answer.
        var wires: [Wire] = []
        for _ in 0..<40 {
          let wire = try await Wire.connect(to: address)
          wires.append(wire)
          try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        for wire in wires {
          guard try await wire.receive(through: "served").hasPrefix("HTTP/1.1 200 OK\r\n") else { exit(2) }
        }
        guard server.metrics.gateClosures == 1, lines.count("not accepting") == 1 else { exit(3) }
        for wire in wires { wire.close() }
      }
    }
  }
}
