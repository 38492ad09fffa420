import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Reactor

@Suite struct LogWriterTests {
  /// What was told of lines that were lost.
  final class Losses: Sendable {
    private let reports = Mutex<[LogWriter.Loss]>([])
    var all: [LogWriter.Loss] { reports.withLock { $0 } }
    func add(_ loss: LogWriter.Loss) { reports.withLock { $0.append(loss) } }

    /// Waits until so many lines were told of as lost for good.
    func waitForLines(_ count: Int) -> Bool {
      let deadline = Date(timeIntervalSinceNow: 60)
      func told() -> Int { all.reduce(0) { $0 + ($1.isOver ? $1.lines : 0) } }
      while told() < count, Date() < deadline { usleep(10_000) }
      return told() == count
    }
  }

  static func pipe() throws -> (read: Int32, write: LogTarget) {
    var ends: [Int32] = [0, 0]
    #expect(Foundation.pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    return (ends[0], LogTarget(OwnedDescriptor(ends[1])))
  }

  static func drain(_ descriptor: Int32) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
    return String(decoding: text, as: UTF8.self)
  }

  @Test func `lines come in their order, and a flush waits for them`() throws {
    let (reader, end) = try Self.pipe()
    defer { close(reader) }
    let writer = LogWriter(name: "test", target: end, capacity: 1 << 20) { _ in nil }
    for number in 0..<1_000 { writer.append(Array("\(number)\n".utf8)) }
    #expect(writer.flush(atMost: 30_000))
    #expect(Self.drain(reader) == (0..<1_000).map { "\($0)\n" }.joined())
    #expect(writer.lostLines == 0)
  }

  @Test func `what a full log does not take is counted, and the count stands where the lines are missing`() throws {
    let (reader, end) = try Self.pipe()
    defer { close(reader) }
    let losses = Losses()
    let writer = LogWriter(name: "test", target: end, capacity: 1 << 20) { loss in
      losses.add(loss)
      return loss.isOver ? Array("[\(loss.text)]\n".utf8) : nil
    }
    let line = Array((String(repeating: "x", count: 1_023) + "\n").utf8)
    for _ in 0..<1_500 { writer.append(line) }
    #expect(losses.all.first == LogWriter.Loss(lines: 0, reason: "more than 1024 KiB wait to be written", isOver: false))
    #expect(!writer.flush(atMost: 50))
    let lost = writer.lostLines
    #expect(lost > 300 && lost < 500)
    // It is read again, and more comes.
    var text = ""
    while !writer.flush(atMost: 1) { text += Self.drain(reader) }
    writer.append(Array("after\n".utf8))
    #expect(writer.flush(atMost: 30_000))
    text += Self.drain(reader)
    let lines = text.split(separator: "\n")
    #expect(lines.last == "after")
    // One gap, or more where the pipe took some of the lines that came last.
    let told = losses.all.filter(\.isOver)
    #expect(lines.filter { $0.hasPrefix("[") } == told.map { "[\($0.text)]" })
    #expect(told.reduce(0) { $0 + $1.lines } == lost)
    #expect(lines.count == 1_500 - lost + told.count + 1)
  }

  @Test func `a log that takes nothing is left for another, and at the end`() throws {
    let (reader, end) = try Self.pipe()
    defer { close(reader) }
    let losses = Losses()
    var writer: LogWriter? = LogWriter(name: "test", target: end, capacity: 1 << 20) { loss in
      losses.add(loss)
      return nil
    }
    let line = Array((String(repeating: "x", count: 1_023) + "\n").utf8)
    for _ in 0..<200 { writer?.append(line) }
    let (second, secondEnd) = try Self.pipe()
    defer { close(second) }
    writer?.switchTo(secondEnd)
    writer?.append(Array("after\n".utf8))
    // One wait for all lines that nothing takes, not one for each.
    #expect(writer?.flush(atMost: 30_000) == true)
    #expect(Self.drain(second) == "after\n")
    // A pipe holds 64 lines; each of the others is told of once the thread has nothing else to do.
    #expect(losses.waitForLines(136))
    #expect(losses.all.contains { $0.isOver && $0.lines > 0 && $0.reason == "nothing takes them" })
    for _ in 0..<200 { writer?.append(line) }
    writer = nil
    // The thread gives up, and closes the pipe: then there is an end to read to.
    #expect(losses.waitForLines(272))
    _ = fcntl(second, F_SETFL, 0)
    #expect(Self.drain(second).utf8.count == 65_536)
  }

  @Test func `a log on a full disk says so when it begins, and how many lines there were in the end`() throws {
    let losses = Losses()
    var writer: LogWriter? = LogWriter(name: "test", target: LogTarget(try LogFile.open("/dev/full")), capacity: 1 << 20) { loss in
      losses.add(loss)
      return nil
    }
    for _ in 0..<3 {
      writer?.append(Array("line\n".utf8))
      #expect(writer?.flush(atMost: 30_000) == true)
    }
    writer = nil
    #expect(
      losses.all == [
        LogWriter.Loss(lines: 0, reason: "No space left on device", isOver: false),
        LogWriter.Loss(lines: 3, reason: "No space left on device", isOver: true),
      ])
  }

  @Test func `a FIFO opens without a reader, and a socket does not`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
    #expect(mkfifo(directory, 0o600) == 0)
    defer { unlink(directory) }
    _ = try LogFile.open(directory)
    let address = try #require(SocketAddress(unixPath: directory + ".s"))
    let socket = try ListeningSocket(address: address, reuseAddress: false, reusePort: false)
    #expect(throws: Errno.noSuchAddressOrDevice) { _ = try LogFile.open(directory + ".s") }
    _ = consume socket
    #expect(access(directory + ".s", F_OK) != 0)
  }
}
