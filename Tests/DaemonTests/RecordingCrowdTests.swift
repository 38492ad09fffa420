import Foundation
import Recordings
import Testing

extension BlackBox {
  /// Stores that many use at once.
  @Suite(.enabled(if: Requirement.python, "needs python3")) struct RecordingCrowdTests {
    let directory: TemporaryDirectory
    let upstream: ScriptedUpstream

    init() throws {
      directory = try TemporaryDirectory()
      upstream = try ScriptedUpstream()
    }

    func daemon(on port: Int, _ routes: String) throws -> DaemonProcess {
      try DaemonProcess("listen: [127.0.0.1:\(port)]\nroutes:\n\(routes)", in: directory)
    }

    func recordings(_ subcommand: String...) throws -> (exit: ChildProcess.Exit, output: String, error: String) {
      try run([DaemonProcess.executable, "recordings"] + subcommand + ["--config", directory.file("asynchttpd.yaml")])
    }

    @Test func `what a crowd recorded is replayed with the upstream gone, byte for byte`() throws {
      let count = Scale.full ? 10_000 : 1_000
      let port = try freePort()
      let daemon = try daemon(on: port, "  - {path: /r/**, proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)'}}")
      let direct = try Crowd.fetch("/object", count: count, clients: 16, port: upstream.port)
      try #require(direct.count == count)
      #expect(try Crowd.fetch("/r/object", count: count, clients: 64, port: port) == direct)
      #expect(try daemon.stop() == .code(0))
      try upstream.stop()
      let verified = try recordings("verify")
      #expect(verified.exit == .code(0))
      #expect(verified.output == "\(count) recordings, all whole\n")
      let replay = try self.daemon(on: port, "  - {path: /r/**, proxy_to_file: store}")
      #expect(try Crowd.fetch("/r/object", count: count, clients: 64, port: port) == direct)
      #expect(try replay.stop() == .code(0))
    }

    @Test func `two daemons record into one store and replay one another's`() throws {
      let ports = [try freePort(), try freePort()]
      let route = "  - {path: /r/**, proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)', mode: record}}"
      let daemons = try ports.map { try daemon(on: $0, route) }
      let direct = try Crowd.fetch("/object", count: 300, clients: 8, port: upstream.port)
      let crowds = try ports.map { try ChildProcess(Python.program("swarm.py", "fetch", "\($0)", "16", "/r/object", "0", "300")) }
      for crowd in crowds {
        #expect(try crowd.waitForExit() == .code(0))
        #expect(crowd.standardOutput.split(separator: "\n").map(String.init) == direct)
      }
      for daemon in daemons {
        #expect(try daemon.stop() == .code(0))
        #expect(!daemon.process.standardError.contains("not recorded"), "\(daemon.process.standardError.suffix(500))")
      }
      #expect(try recordings("verify").output == "300 recordings, all whole\n")
      let replay = try daemon(on: ports[0], "  - {path: /r/**, proxy_to_file: store}")
      #expect(try Crowd.fetch("/r/object", count: 300, clients: 8, port: ports[0]) == direct)
      #expect(try replay.stop() == .code(0))
    }

    // MARK: Killed

    /// Whether an answer is one that the upstream gave: its digest is over the body and the media type.
    static func isWhole(_ answer: Curl.Answer) -> Bool {
      let kind = Data((answer.headers["content-type"] ?? "").utf8)
      return answer.status == 200 && answer.headers["x-digest"] == SHA256.hexDigest(of: answer.body + kind)
    }

    @Test func `a kill at any instant leaves whole exchanges, and the next start sweeps the rest`() throws {
      let keys = 8
      let port = try freePort()
      let routes = """
          - {path: /r/**, proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)', mode: record}}
          - {path: /p/**, proxy_to_file: {store: store, mode: replay}}
        """
      try FileManager.default.createDirectory(atPath: directory.file("store"), withIntermediateDirectories: true)
      let storm = try ChildProcess(Python.program("swarm.py", "storm", "\(port)", "6", "/r/version", "\(keys)"))
      var hits = 0
      for round in 0..<(Scale.full ? 500 : 25) {
        let daemon = try daemon(on: port, routes)
        for key in 0..<keys {
          let answer = try Curl.get("http://127.0.0.1:\(port)/p/version/\(key)")
          if answer.status == 404 { continue }
          #expect(Self.isWhole(answer), "round \(round), key \(key): \(answer.status) \(answer.headers), \(answer.body.count) bytes")
          hits += 1
        }
        usleep(UInt32.random(in: 0...150_000))
        daemon.process.signal(SIGKILL)
        #expect(try daemon.process.waitForExit() == .signal(SIGKILL))
      }
      // The first rounds alone have misses.
      #expect(hits > 0)
      storm.signal(SIGKILL)
      try storm.waitForExit()
      let last = try daemon(on: port, "  - {path: /p/**, proxy_to_file: store}\n")
      #expect(
        eventually {
          let files = FileManager.default.enumerator(atPath: directory.file("store"))?.compactMap { $0 as? String } ?? []
          return !files.contains { $0.contains(".~~") && !$0.hasSuffix(".~~lock") }
        })
      #expect(try recordings("verify").exit == .code(0))
      for key in 0..<keys {
        let answer = try Curl.get("http://127.0.0.1:\(port)/p/version/\(key)")
        #expect(answer.status == 404 || Self.isWhole(answer))
      }
      #expect(try last.stop() == .code(0))
    }

    // MARK: Disks

    @Test(.enabled(if: Requirement.mount, "needs root and mount(8)"))
    func `a full disk fails the recording, not the answer, and says so`() throws {
      let disk = try SmallDisk(at: directory.file("store"), size: "1m")
      let port = try freePort()
      let daemon = try daemon(on: port, "  - {path: /r/**, proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)'}}")
      for size in [400_000, 400_001, 400_002, 3_000_000] {
        #expect(try Curl.get("http://127.0.0.1:\(port)/r/size/\(size)").body.count == size)
      }
      #expect(daemon.process.waitForOutput("not recorded"))
      #expect(daemon.process.standardError.contains("No space left on device"))
      #expect(try recordings("verify").exit == .code(0))
      #expect(
        eventually {
          let names = try? FileManager.default.contentsOfDirectory(atPath: directory.file("store/size"))
          return names?.allSatisfy { !$0.hasSuffix(".part") } == true
        })
      try disk.remount("size=8m")
      _ = try Curl.get("http://127.0.0.1:\(port)/r/size/3000000")
      #expect(eventually { (try? disk.contains("size/3000000.mp4")) == true })
      #expect(try daemon.stop() == .code(0))
    }

    @Test(.enabled(if: Requirement.mount, "needs root and mount(8)"))
    func `a store that is read-only is replayed, and what it lacks is passed on`() throws {
      let disk = try SmallDisk(at: directory.file("store"), size: "4m")
      let port = try freePort()
      let daemon = try daemon(on: port, "  - {path: /r/**, proxy_to_file: {store: store, upstream: 'http://127.0.0.1:\(upstream.port)'}}")
      let recorded = try Curl.get("http://127.0.0.1:\(port)/r/version/1")
      // Busy for as long as the recording is being written.
      #expect(eventually { (try? disk.remount("ro")) != nil })
      #expect(try Curl.get("http://127.0.0.1:\(port)/r/version/1").body == recorded.body)
      let versions = try (0..<2).map { _ in try Curl.get("http://127.0.0.1:\(port)/r/version/2") }
      #expect(versions.allSatisfy(Self.isWhole) && versions[0].body != versions[1].body)
      #expect(daemon.process.standardError.contains("Read-only file system"))
      #expect(try recordings("verify").exit == .code(0))
      #expect(try daemon.stop() == .code(0))
    }
  }
}
