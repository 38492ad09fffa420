// A GiB in each direction through a server whose other end is slow: what is in memory at a time is bounded, and the bound is
// small. Each test is a process of its own, with the client in it, and what it measures is the most that this process had resident.

import AsyncHTTPServer
import Foundation
import Synchronization
import SystemPackage
import Testing

private let size = 1 << 30
/// How often the slow side waits until the other can do no more.
private let stretch = 64 << 20
/// For the 128 KiB of an upload or the 256 KiB and a piece of a download, the client's own buffer, and what an allocator keeps at hand:
/// a 256th of what passes through.
private let bound = 4 << 20

@Suite struct StreamingMemoryTests {
  @Test func `an upload of 1 GiB to a handler that reads slowly takes less than 4 MiB`() async {
    await #expect(processExitsWith: .success) {
      var configuration = ServerConfiguration.forTests
      configuration.maxBodySize = size
      let (full, clogging) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
      try await withServer(configuration) { request in
        var count = 0
        for try await piece in request.body {
          // Not before the client has nowhere left to put more: every buffer on the way is full then.
          if count / stretch != (count + piece.count) / stretch { for await _ in full { break } }
          count += piece.count
        }
        try await request.respond(.ok, "\(count)")
      } _: { _, address in
        let wire = try await Wire.connect(to: address)
        defer { wire.close() }
        try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(size)\r\n\r\n")
        let before = try PeakMemory.reset()
        await onOwnThread {
          let piece = [UInt8](repeating: 0x61, count: 65_536)
          var left = size
          while left > 0 {
            let count = send(wire.descriptor, piece, min(left, piece.count), Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN {
              clogging.yield()
              var entry = pollfd(fd: wire.descriptor, events: Int16(POLLOUT), revents: 0)
              poll(&entry, 1, 1000)
              continue
            }
            precondition(count > 0)
            left -= count
          }
          // The last stretch ends with the body: nothing more will fill the buffers.
          clogging.finish()
        }
        #expect(try await wire.receiveAll().hasSuffix("\r\n\r\n\(size)"))
        let grown = try PeakMemory.read() - before
        #expect(grown < bound, "\(grown) bytes")
      }
    }
  }

  @Test func `a download of 1 GiB to a client that reads slowly takes less than 4 MiB`() async {
    await #expect(processExitsWith: .success) {
      let written = Counter()
      try await withServer { request in
        let piece = [UInt8](repeating: 0x61, count: 65_536)
        try await request.respond(
          .ok,
          .stream(length: Int64(size)) { writer in
            for _ in 0..<(size / piece.count) {
              written.add(piece.count)
              try await writer.write(piece)
            }
          })
      } _: { server, address in
        let wire = try await Wire.connect(to: address)
        defer { wire.close() }
        try await wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = try await wire.receivePiece(atMost: 1)
        let before = try PeakMemory.reset()
        var received = 1
        while true {
          // Reads on when the handler has come to a halt: two turns in which it wrote nothing.
          var seen = -1
          while seen != written.count {
            seen = written.count
            for _ in 0..<2 { await server.awaitTurn() }
          }
          let wanted = received + stretch
          let start = received
          received = await onOwnThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var count = start
            while count < wanted, case let more = recv(wire.descriptor, &buffer, buffer.count, 0), more > 0 { count += more }
            return count
          }
          if received < wanted { break }
        }
        #expect(received > size && received < size + 1024)
        let grown = try PeakMemory.read() - before
        #expect(grown < bound, "\(grown) bytes")
      }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add(_ more: Int) { value.add(more, ordering: .relaxed) }
  }
}

/// The most memory that this process had resident (VmHWM, proc_pid_status(5)).
private enum PeakMemory {
  /// Forgets the peak so far (proc_pid_clear_refs(5)), and answers what is resident now, in bytes.
  static func reset() throws -> Int {
    let file = try FileDescriptor.open("/proc/self/clear_refs", .writeOnly)
    try file.closeAfter { _ = try file.writeAll("5".utf8) }
    return try read()
  }

  static func read() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
  }
}
