import Foundation
import Reactor
import SystemPackage
import Testing

/// What commands and the daemon say to one another, and to the service manager.
@Suite struct LocalSocketTests {
  private static let name = "asynchttpd-test-\(UUID().uuidString)"

  @Test func `an abstract name is listened on, connected to and asked who listens`() throws {
    let address = try #require(SocketAddress(abstractName: Self.name))
    #expect(address.description == "unix:@\(Self.name)")
    let listener = try Syscalls.socket(family: address.family)
    try Syscalls.bind(listener.rawValue, address)
    try Syscalls.listen(listener.rawValue, backlog: 4)
    let client = try Syscalls.socket(family: address.family, blocking: true)
    try Syscalls.connect(client.rawValue, address)
    let peer = try Syscalls.peerCredentials(client.rawValue)
    #expect(peer.processID == getpid())
    #expect(peer.userID == geteuid())
    // Another name, though one begins with the other.
    let longer = try #require(SocketAddress(abstractName: Self.name + "x"))
    let other = try Syscalls.socket(family: longer.family, blocking: true)
    #expect(throws: Errno.connectionRefused) { try Syscalls.connect(other.rawValue, longer) }
  }

  @Test func `a name has 107 bytes at most`() {
    #expect(SocketAddress(abstractName: String(repeating: "a", count: 107)) != nil)
    #expect(SocketAddress(abstractName: String(repeating: "a", count: 108)) == nil)
  }

  @Test func `a datagram arrives whole, and one too many is told at once`() throws {
    let address = try #require(SocketAddress(abstractName: "\(Self.name)-datagrams"))
    let receiver = try Syscalls.socket(family: address.family, .datagram)
    try Syscalls.bind(receiver.rawValue, address)
    let sender = try Syscalls.socket(family: address.family, .datagram, blocking: true)
    try Syscalls.connect(sender.rawValue, address)
    let message = Array("READY=1".utf8)
    var sent = 0
    while try message.withUnsafeBytes({ try Syscalls.send(sender.rawValue, message: $0, waiting: false) }) != nil { sent += 1 }
    #expect(sent > 0)
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = try buffer.withUnsafeMutableBytes { try Syscalls.receive(receiver.rawValue, into: $0) }
    #expect(buffer.prefix(count ?? 0) == message[...])
  }

  @Test func `a process that is there exists, whoever's it is`() {
    #expect(Syscalls.processExists(getpid()))
    #expect(Syscalls.processExists(1))
    #expect(!Syscalls.processExists(pid_t.max))
  }

  @Test func `a descriptor is duplicated above a number`() throws {
    let file = try Syscalls.open("/dev/null", flags: O_RDWR)
    let copy = try Syscalls.duplicate(file.rawValue, from: 40)
    #expect(copy.rawValue >= 40)
    #expect(try Syscalls.status(copy.rawValue) == Syscalls.status(file.rawValue))
    #expect(throws: Errno.badFileDescriptor) { try Syscalls.duplicate(-1, from: 3).rawValue }
  }
}
