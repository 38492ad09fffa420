// A file on its way to a socket: so much in a turn, no more than there is, and never a byte twice.

import Glibc
import Reactor
import SystemPackage
import Testing

@Suite struct FileRegionTests {
  /// A stretch of a file that has no name any more, and both ends of a connection.
  private struct Sending: ~Copyable {
    let bytes: [UInt8]
    let file: Int32
    let region: FileRegion
    private let ours: OwnedDescriptor
    private let theirs: OwnedDescriptor

    init(fileOf count: Int, from offset: Int = 0) throws {
      var template = Array("/tmp/file-region-XXXXXX".utf8CString)
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
      let file = mkstemp(&template)
      try #require(file >= 0)
      unlink(template)
      try #require(bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == count)
      var ends: [Int32] = [0, 0]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
      self.bytes = bytes
      self.file = file
      region = FileRegion(file: OwnedDescriptor(file), offset: Int64(offset), count: Int64(count - offset))
      ours = OwnedDescriptor(ends[0])
      theirs = OwnedDescriptor(ends[1])
    }

    func send(share: Int) throws -> FileRegion.Progress { try region.send(to: ours.rawValue, share: share) }

    /// What has arrived since the last look.
    func arrived() -> [UInt8] {
      var received: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while case let count = recv(theirs.rawValue, &buffer, buffer.count, 0), count > 0 { received += buffer[..<count] }
      return received
    }
  }

  @Test func `a turn sends its share, though the socket would take more`() throws {
    let sending = try Sending(fileOf: 25_000, from: 1000)
    var received: [UInt8] = []
    for (progress, left) in [(FileRegion.Progress.partial, 14_000), (.partial, 4000), (.finished, 0)] {
      #expect(try sending.send(share: 10_000) == progress)
      #expect(sending.region.remaining == Int64(left))
      received += sending.arrived()
      #expect(received.count == 24_000 - left)
    }
    #expect(received == Array(sending.bytes[1000...]))
  }

  @Test func `a socket that is full is waited for, and gets the rest`() throws {
    let sending = try Sending(fileOf: 2_000_000)
    var received: [UInt8] = []
    var blockedCount = 0
    while case let progress = try sending.send(share: .max), progress != .finished {
      try #require(progress == .blocked)
      blockedCount += 1
      let arrived = sending.arrived()
      try #require(!arrived.isEmpty)
      received += arrived
    }
    received += sending.arrived()
    #expect(blockedCount > 0)
    #expect(received == sending.bytes)
  }

  @Test func `a file that has become shorter is said to be`() throws {
    let sending = try Sending(fileOf: 3000)
    #expect(ftruncate(sending.file, 1200) == 0)
    // What there is, as to a socket that takes no more; and at the next call, that there is no more.
    #expect(try sending.send(share: 10_000) == .blocked)
    #expect(try sending.send(share: 10_000) == .truncated)
    #expect(sending.arrived() == Array(sending.bytes[..<1200]))
  }
}
