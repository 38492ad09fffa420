import Foundation
import Reactor
import Testing

extension BlackBox {
  /// Five thousand clients at once that do not do their part. What it costs others in time is measured by Tests/Benchmarks/slow-clients.
  @Suite(.enabled(if: Requirement.hardDescriptorLimit >= 12_000, "needs a hard limit of 12,000 descriptors")) struct SlowClientTests {
    enum Kind: CaseIterable {
      /// Connects and says nothing.
      case silent
      /// Keeps its connection after an answer.
      case idle
      /// Sends half a head.
      case slowHead
      /// Sends half a body.
      case slowBody
      /// Reads the beginning of a large answer.
      case slowReader
      /// Asks for a large answer and reads nothing of it.
      case neverReading

      var request: String {
        switch self {
        case .silent: ""
        case .idle: "GET /fast HTTP/1.1\r\nHost: a\r\n\r\n"
        case .slowHead: "GET /fast HTTP/1.1\r\nHo"
        case .slowBody: "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf "
        case .slowReader, .neverReading: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
        }
      }

      /// How the first line of what it is told begins, nil where it is told nothing more.
      var lastAnswer: String? { self == .slowHead || self == .slowBody ? "HTTP/1.1 408 Request Timeout" : nil }
      var isReset: Bool { self == .slowReader || self == .neverReading }
    }

    static let clients = 5_000
    static let timeout: TimeInterval = 3

    @Test(arguments: Kind.allCases)
    func `five thousand go at their deadline, and others are served meanwhile`(_ kind: Kind) throws {
      ProcessDescriptors.raiseSoftLimit()
      let directory = try TemporaryDirectory()
      let large = try directory.write("", to: "large")
      try #require(truncate(large, 8 << 20) == 0)
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        workers: 1
        timeouts: {head: 3s, body: 3s, keep_alive: 3s, write: 3s}
        routes:
          - {path: /fast, text: fast}
          - {path: /body, text: taken, methods: [POST]}
          - {path: /large, file: \(large)}
        """, in: directory, openFiles: 12_000)
      // A reload is done when all that the daemon opens at its start is open.
      try daemon.reload()
      let atRest = daemon.process.openDescriptors
      var crowd = SlowClients()
      for _ in 0..<Self.clients { try crowd.join(kind, port: port) }
      let kept = try RawClient(port: port)
      var served = 0
      let deadline = Date(timeIntervalSinceNow: 2 * patience)
      repeat {
        for client in [kept, try RawClient(port: port)] {
          try client.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try client.receive(until: "\r\n\r\nfast").hasPrefix("HTTP/1.1 200 "))
          served += 1
        }
        try crowd.look()
      } while crowd.count > 0 && Date() < deadline
      #expect(crowd.count == 0)
      #expect(crowd.unexpected == [])
      // Not before their time. The server's clock stands still within a turn of its loop, so it may be a little early.
      #expect(crowd.shortestStay > Self.timeout - 0.5)
      #expect(served > 2)
      withExtendedLifetime(kept) {}
      #expect(eventually { daemon.process.openDescriptors <= atRest }, "\(daemon.process.openDescriptors) open, \(atRest) at rest")
      #expect(try daemon.stop() == .code(0))
    }
  }
}

/// Clients that have said all that they will say, and wait for what becomes of them.
private struct SlowClients {
  private struct Member {
    let client: RawClient
    let kind: BlackBox.SlowClientTests.Kind
    let joined: Date
    var received: [UInt8] = []
  }

  private var members: [Member] = []
  private(set) var unexpected: Set<String> = []
  private(set) var shortestStay = TimeInterval.infinity

  var count: Int { members.count }

  mutating func join(_ kind: BlackBox.SlowClientTests.Kind, port: Int) throws {
    let joined = Date()
    let client = try RawClient(port: port)
    if kind.isReset {
      var size: Int32 = 4_096
      setsockopt(client.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    try client.send(kind.request)
    if kind == .idle { _ = try client.receive(until: "\r\n\r\nfast") }
    if kind == .slowReader { _ = try client.receive(until: "HTTP/1.1 200 ") }
    members.append(Member(client: client, kind: kind, joined: joined))
  }

  /// Sees who has ended by now.
  mutating func look() throws {
    // Who is to read nothing asks for no more than POLLERR and POLLHUP, which always come.
    var entries = members.map { pollfd(fd: $0.client.descriptor, events: $0.kind.isReset ? 0 : Int16(POLLIN), revents: 0) }
    let ready = poll(&entries, nfds_t(entries.count), 0)
    guard ready > 0 else { return }
    var staying: [Member] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    for (entry, member) in zip(entries, members) {
      var member = member
      guard entry.revents != 0 else {
        staying.append(member)
        continue
      }
      let count = member.kind.isReset ? -1 : recv(entry.fd, &buffer, buffer.count, 0)
      if count > 0 {
        member.received += buffer[..<count]
        staying.append(member)
        continue
      }
      shortestStay = min(shortestStay, Date().timeIntervalSince(member.joined))
      let firstLine = String(decoding: member.received.prefix { $0 != 0x0D }, as: UTF8.self)
      if firstLine != member.kind.lastAnswer ?? "" || (count < 0) != member.kind.isReset {
        unexpected.insert("\(member.kind): \(firstLine), \(count < 0 ? "reset" : "closed")")
      }
    }
    members = staying
  }
}
