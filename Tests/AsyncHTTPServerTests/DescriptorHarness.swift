// A server whose handlers wait to be released, whose warnings are counted, in a process whose limit is set.

import AsyncHTTPServer
import Foundation
import Glibc
import Logging
import Reactor
import Synchronization
import SystemPackage
import Testing

final class Limited: Sendable {
  let server: AsyncHTTPServer
  let address: SocketAddress
  private let inHandler: @Sendable () async -> (any Sendable)?
  private let state = Mutex(State())
  private let log: GateLog
  private let executor: (any TaskExecutor)?

  private struct State {
    var begun = 0
    var running = 0
    var most = 0
    var permits = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
    var serving: Task<Void, any Error>?
  }

  private init(on executor: (any TaskExecutor)?, inHandler: @escaping @Sendable () async -> (any Sendable)?) throws {
    self.executor = executor
    log = GateLog()
    let log = log
    var configuration = ServerConfiguration.forTests
    configuration.logger = Logger(label: "limited") { _ in GateLog.Handler(log: log) }
    server = AsyncHTTPServer(configuration: configuration)
    address = try server.listen(port: 0, address: "127.0.0.1")
    self.inHandler = inHandler
  }

  /// Runs `body` with a server that listens but does not serve yet, and ends the server after it: returns once every descriptor it had is closed.
  /// What `inHandler` answers is held until the handler is released. The server's loop is run by `executor`, where one is given.
  static func serving(
    on executor: (any TaskExecutor)? = nil, inHandler: @escaping @Sendable () async -> (any Sendable)? = { nil },
    _ body: (Limited) async throws -> Void
  ) async throws {
    if executor == nil { try await DispatchThreads.openItsOwn() }
    let openBefore = try DispatchThreads.openCountWithoutItsLooks()
    let limit = Limit.soft
    do {
      let limited = try Limited(on: executor, inHandler: inHandler)
      defer { limited.server.close() }
      try await body(limited)
      limited.server.close()
      try await limited.state.withLock { $0.serving }?.value
    }
    Limit.set(limit)
    await waitFor("the server's descriptors to be closed") { ProcessDescriptors.openCount().map { $0 <= openBefore } ?? false }
  }

  /// Serves with the loop of who asks before each connection.
  func beginLoop(assuming assumed: Int) {
    let serving = Task(executorPreference: executor) {
      do {
        while true {
          if self.server.shouldAcceptRequest(assumedDescriptorsPerRequest: assumed) {
            try await self.server.acceptRequest { try await self.handle($0) }
          } else {
            try await self.server.descriptorAvailable(assumedDescriptorsPerRequest: assumed)
          }
        }
      } catch ServerError.serverClosed {}
    }
    state.withLock { $0.serving = serving }
  }

  func beginServing(assuming assumed: Int) {
    let serving = Task(executorPreference: executor) {
      try await self.server.serve(assumedDescriptorsPerRequest: assumed) { try await self.handle($0) }
    }
    state.withLock { $0.serving = serving }
  }

  func handle(_ request: Request) async throws {
    state.withLock { state in
      state.begun += 1
      state.running += 1
      state.most = max(state.most, state.running)
    }
    let held = await inHandler()
    await withCheckedContinuation { continuation in
      let mayGo = state.withLock { state in
        if state.permits > 0 {
          state.permits -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if mayGo { continuation.resume() }
    }
    withExtendedLifetime(held) {}
    state.withLock { $0.running -= 1 }
    try await request.respond(.ok, "done")
  }

  /// Lets `count` handlers go, those that wait first.
  func release(_ count: Int) {
    let released = state.withLock { state in
      let now = state.waiting.prefix(count)
      state.waiting.removeFirst(now.count)
      state.permits += count - now.count
      return now
    }
    for continuation in released { continuation.resume() }
  }

  var begunHandlers: Int { state.withLock { $0.begun } }
  var mostHandlersAtOnce: Int { state.withLock { $0.most } }
  var gateLines: Int { log.lines }

  func awaitHandlers(_ count: Int) async { await waitFor("\(count) handlers") { self.begunHandlers >= count } }
  func awaitGateLine() async { await waitFor("the gate to shut") { self.gateLines > 0 } }

  // MARK: The limit

  /// Sets the soft limit to what is open now and `more`.
  static func allow(_ more: Int) throws { Limit.set(UInt(try DispatchThreads.openCountWithoutItsLooks() + more)) }

  /// Opens descriptors until none is left, and answers them.
  static func useUp() throws -> [Int32] {
    Limit.set(UInt(try DispatchThreads.openCountWithoutItsLooks() + 8))
    var used: [Int32] = []
    while case let descriptor = dup(0), descriptor >= 0 { used.append(descriptor) }
    return used
  }

  private enum Limit {
    // rlim_cur is unsigned long.
    static var soft: UInt {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      return limit.rlim_cur
    }

    static func set(_ soft: UInt) {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = soft
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }
}

/// Counts the lines that say that the gate has shut.
final class GateLog: Sendable {
  private let count = Atomic<Int>(0)
  var lines: Int { count.load(ordering: .relaxed) }

  struct Handler: LogHandler {
    let log: GateLog
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    init(log: GateLog) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      if event.message == "not accepting" { log.count.add(1, ordering: .relaxed) }
    }
  }
}

/// libdispatch, on whose threads tasks run that have no executor of their own, is a user of descriptors too.
enum DispatchThreads {
  /// It opens three for good when it first waits for a timer, and it has one of its own once in a while. Who counts descriptors has it do so first.
  static func openItsOwn() async throws {
    var delay = 1
    while try !files().contains("anon_inode:[timerfd]") {
      // One that was due before anybody waited has opened nothing.
      await withCheckedContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(delay)) { continuation.resume() }
      }
      delay *= 2
    }
  }

  /// What is open for longer than its looks at its threads take.
  static func openCountWithoutItsLooks() throws -> Int {
    try #require((0..<100).compactMap { _ in ProcessDescriptors.openCount() }.min())
  }

  private static func files() throws -> [String] {
    let directory = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: directory).compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")
    }
  }

  /// Runs `body` on a thread of its own while libdispatch has none. Once a second it looks into /proc for each thread that it has, and ends the process
  /// when there is no descriptor left for that. A thread without work ends after five seconds.
  static func standingStill(_ body: @escaping @Sendable (any TaskExecutor) async throws -> Void) async throws {
    let reactor = try Reactor(name: "test")
    reactor.start()
    defer { reactor.stop() }
    try await withTaskExecutorPreference(reactor) {
      try await openItsOwn()
      let deadline = ContinuousClock.now + .seconds(Wire.deadlineSeconds)
      while try hasThread() {
        try #require(ContinuousClock.now < deadline, "waited for libdispatch's threads to end in vain")
        try await reactor.sleep(milliseconds: 20)
      }
      try await body(reactor)
    }
  }

  /// Threads are named after their queue, com.apple.root.*-qos, of which the kernel keeps the last 15 characters. Those of the .overcommit ones it does
  /// not look at.
  private static func hasThread() throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").contains { thread in
      (try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8))?.hasSuffix("-qos\n") ?? false
    }
  }
}
