import Foundation
import Testing

@testable import asynchttpd

@Suite struct ServiceManagerTests {
  @Test(arguments: ["path", "abstract"])
  func `notifications arrive as one datagram with an assignment per line`(_ kind: String) throws {
    let directory = try TemporaryDirectory()
    let listener = try NotificationListener(address: kind == "path" ? directory.file("notify") : "@\(directory.path)/notify")
    let manager = ServiceManager(environment: ["NOTIFY_SOCKET": listener.address])
    #expect(manager.isPresent)

    manager.notify(.ready, .status("serving 3 routes on 127.0.0.1:8080"))
    manager.notify(.watchdog)
    manager.notify(.mainProcess(4711))
    manager.notify(.stopping)

    #expect(listener.wait(for: "STOPPING=1") != nil)
    #expect(
      listener.received == [
        "READY=1\nSTATUS=serving 3 routes on 127.0.0.1:8080", "WATCHDOG=1", "MAINPID=4711", "STOPPING=1",
      ])
  }

  @Test func `a reload carries the monotonic time at which it began`() throws {
    #expect(
      ServiceManager.Notification.reloading(monotonicMicroseconds: 1_234_567).assignments == "RELOADING=1\nMONOTONIC_USEC=1234567")
    let before = ServiceManager.Notification.reloadingNow()
    let after = ServiceManager.Notification.reloadingNow()
    guard case .reloading(let first) = before, case .reloading(let second) = after else { throw HarnessError("not a reload") }
    #expect(first > 0 && first <= second)
  }

  @Test func `a status stays one line without control characters`() {
    let status = ServiceManager.Notification.status("a.yaml:3:5: error: unknown key\nREADY=1\r\u{1B}[31m\u{0}é")
    #expect(status.assignments == "STATUS=a.yaml:3:5: error: unknown key READY=1  [31m é")
  }

  @Test func `a status longer than the manager reads is cut between characters`() {
    let status = ServiceManager.Notification.status(String(repeating: "é", count: 4_000))
    #expect(status.assignments == "STATUS=" + String(repeating: "é", count: ServiceManager.longestStatus / 2))
    #expect(status.assignments.utf8.count < 4_096)
  }

  @Test(arguments: ["", "relative/path", "@", "/", "/nowhere/to/be/found", "@" + String(repeating: "x", count: 200)])
  func `an unusable notification address is ignored`(_ address: String) {
    let manager = ServiceManager(environment: ["NOTIFY_SOCKET": address])
    #expect(!manager.isPresent)
    manager.notify(.ready)
  }

  /// A manager that hangs: its queue takes a few messages and no more.
  @Test func `a manager that reads nothing keeps nobody waiting, and gets the messages in their order when it does`() throws {
    let path = "/tmp/notify-\(UUID().uuidString)"
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    defer { unlink(path) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    try #require(bound == 0)
    let manager = ServiceManager(environment: ["NOTIFY_SOCKET": path])
    let began = Date()
    for number in 0..<40 { manager.notify(.status("\(number)")) }
    // A second for each that did not fit, before.
    #expect(Date().timeIntervalSince(began) < 10)
    var buffer = [UInt8](repeating: 0, count: 4_096)
    for number in 0..<40 {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == "STATUS=\(number)")
    }
  }

  @Test func `inherited sockets are named in the order of the unit`() {
    let sockets = ServiceManager(
      environment: ["LISTEN_PID": "77", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:http:admin"], processID: 77
    ).inheritedSockets
    #expect(sockets.map(\.name) == ["http", "http", "admin"])
    #expect(sockets.map(\.descriptor) == [3, 4, 5])
  }

  @Test func `sockets without a name are called unknown`() {
    let sockets = ServiceManager(environment: ["LISTEN_PID": "77", "LISTEN_FDS": "2"], processID: 77).inheritedSockets
    #expect(sockets.map(\.name) == ["unknown", "unknown"])
  }

  @Test(arguments: [
    ["LISTEN_PID": "78", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "77"],
    ["LISTEN_PID": "77", "LISTEN_FDS": "0"], ["LISTEN_PID": "77", "LISTEN_FDS": "-1"],
    ["LISTEN_PID": "77", "LISTEN_FDS": "1000000000"], ["LISTEN_PID": "77", "LISTEN_FDS": "many"],
  ])
  func `sockets meant for another process, or none, are not taken`(_ environment: [String: String]) {
    #expect(ServiceManager(environment: environment, processID: 77).inheritedSockets.isEmpty)
  }

  @Test func `the watchdog counts only for the process it names`() {
    func interval(_ environment: [String: String]) -> Duration? {
      ServiceManager(environment: environment, processID: 77).watchdogInterval
    }
    #expect(interval(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"]) == nil)
    #expect(interval(["WATCHDOG_USEC": "0"]) == nil)
    #expect(interval(["WATCHDOG_USEC": "soon"]) == nil)
    #expect(interval([:]) == nil)
  }

  @Test func `standard error is the journal only while it is the very stream that was handed over`() throws {
    let directory = try TemporaryDirectory()
    let descriptor = open(try directory.write("", to: "stream"), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var status = stat()
    try #require(fstat(descriptor, &status) == 0)
    func isJournal(_ stream: String?) -> Bool {
      ServiceManager(environment: stream.map { ["JOURNAL_STREAM": $0] } ?? [:], standardError: descriptor).logsToJournal
    }
    #expect(isJournal("\(status.st_dev):\(status.st_ino)"))
    #expect(!isJournal("\(status.st_dev):\(status.st_ino + 1)"))
    #expect(!isJournal("nonsense"))
    #expect(!isJournal(nil))
  }
}
