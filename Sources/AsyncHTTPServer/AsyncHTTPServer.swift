// The server: listeners, the threads that serve, and the ways to run and to end it.
//
//   Acceptor     takes connections while there is room, and hands each to a worker
//   Worker       one thread's connections; Connection, Exchange and Request live on it
//   Request      what a handler sees; Response, RequestBody and TakenConnection are its ends
//   AccessLog    one line per request, TrustedProxies the client behind a proxy, ServerMetrics the counts

import Glibc
import Logging
package import Reactor
import Synchronization
package import SystemPackage

/// An HTTP/1.1 server to embed.
///
/// Either `serve` does everything, or a loop of your own asks `shouldAcceptRequest` and calls `acceptRequest`. All methods may be
/// called from any thread.
public final class AsyncHTTPServer: Sendable {
  private struct State {
    var configuration: ServerConfiguration
    var reactors: [Reactor] = []
    var workers: [Worker] = []
    var acceptor: Acceptor?
    var addresses: [SocketAddress] = []
    var isClosed = false
    var waitingForEnd: [UnsafeContinuation<Void, Never>] = []
    var hasEnded = false
  }

  private let state: Mutex<State>
  private let gate = AcceptGate()
  private let budget: DescriptorBudget
  private let nextWait = Atomic<UInt64>(0)
  private let fallback: Atomic<Int>

  /// A server with the ancestor's three options; `ServerConfiguration` has all of them.
  public convenience init(reuseAddress: Bool = true, reusePort: Bool = false, maxBodySize: Int = 8_388_608) {
    var configuration = ServerConfiguration()
    configuration.reuseAddress = reuseAddress
    configuration.reusePort = reusePort
    configuration.maxBodySize = maxBodySize
    self.init(configuration: configuration)
  }

  /// A server that is configured in full. Nothing is opened or started before the first `listen`.
  public init(configuration: ServerConfiguration) {
    state = Mutex(State(configuration: configuration))
    fallback = Atomic(configuration.maxDescriptorsFallback)
    budget = DescriptorBudget(cap: configuration.maxDescriptors, fallback: configuration.maxDescriptorsFallback)
  }

  deinit {
    let (acceptor, workers, reactors) = state.withLock { ($0.acceptor, $0.workers, $0.reactors) }
    Self.end(acceptor, workers, reactors)
  }

  // MARK: Listening

  /// Listens on a port: 0 lets the kernel choose, and `localAddress` tells. `address` is an Internet address, or empty for all of the machine,
  /// IPv4 and IPv6 alike. May be called several times, also while serving.
  ///
  /// Throws `ServerError.invalidAddress`, or `cannotListen` with EADDRINUSE, EACCES, EADDRNOTAVAIL (bind(2)), EMFILE.
  @discardableResult
  public func listen(port: Int, address: String = "") throws -> SocketAddress {
    guard let number = UInt16(exactly: port), let socketAddress = SocketAddress(address, port: number) else {
      throw ServerError.invalidAddress("\(address):\(port)")
    }
    return try listen(socketAddress)
  }

  /// Listens on a path of the Unix domain, at most 107 bytes (unix(7)). A path left over by a process that is gone is replaced; the path is removed
  /// when the listener closes.
  @discardableResult
  public func listen(unixPath: String) throws -> SocketAddress {
    guard let address = SocketAddress(unixPath: unixPath), !unixPath.isEmpty else { throw ServerError.invalidAddress("unix:\(unixPath)") }
    return try listen(address)
  }

  /// Listens on a socket that somebody else has opened and that listens already (sd_listen_fds(3)). The descriptor belongs to the server from
  /// now on, unless this throws.
  @discardableResult
  public func listen(inherited descriptor: Int32) throws -> SocketAddress {
    do throws(Errno) {
      return try listen(on: try ListeningSocket(adopting: OwnedDescriptor(descriptor)))
    } catch {
      throw ServerError.cannotListen(address: "descriptor \(descriptor)", error)
    }
  }

  /// Listens on `address`.
  @discardableResult
  public func listen(_ address: SocketAddress) throws -> SocketAddress {
    let configuration = state.withLock { $0.configuration }
    do throws(Errno) {
      return try listen(
        on: try ListeningSocket(
          address: address, reuseAddress: configuration.reuseAddress, reusePort: configuration.reusePort,
          backlog: Int32(clamping: configuration.backlog)))
    } catch {
      throw ServerError.cannotListen(address: "\(address)", error)
    }
  }

  /// Listens on a socket that is open already. Throws EMFILE, ENFILE where this is the first and the threads cannot be made.
  @discardableResult
  package func listen(on socket: consuming ListeningSocket) throws(Errno) -> SocketAddress {
    let address = socket.localAddress
    let acceptor = try started()
    let box = Mutex<ListeningSocket?>(consume socket)
    state.withLock { $0.addresses.append(address) }
    acceptor.onReactor { acceptor in
      if let socket = box.withLock({ $0.take() }) { acceptor.add(socket) }
    }
    return address
  }

  /// Stops listening on one address. Connections accepted there are served on.
  public func stopListening(on address: SocketAddress) {
    let acceptor = state.withLock { state -> Acceptor? in
      state.addresses.removeAll { $0 == address }
      return state.acceptor
    }
    acceptor?.onReactor { $0.remove(address) }
  }

  /// The first address the server listens on, with the port the kernel chose; nil before `listen`.
  public var localAddress: SocketAddress? { state.withLock { $0.addresses.first } }

  /// All addresses the server listens on.
  public var localAddresses: [SocketAddress] { state.withLock { $0.addresses } }

  /// Makes the threads, once.
  private func started() throws(Errno) -> Acceptor {
    let (existing, configuration, isClosed) = state.withLock { ($0.acceptor, $0.configuration, $0.isClosed) }
    if let existing { return existing }
    if isClosed { throw .badFileDescriptor }
    let count = max(1, configuration.workers ?? ProcessorCount.available)
    let settings = WorkerSettings(configuration)
    var reactors: [Reactor] = []
    for index in 0..<count { reactors.append(try Reactor(name: "http-\(index)")) }
    let gate = gate
    let workers = reactors.map { Worker(reactor: $0, settings: settings, gate: gate) }
    let acceptor = Acceptor(
      reactor: reactors[0], workers: workers, gate: gate, budget: budget, maxConnections: configuration.maxConnections,
      logger: configuration.logger)
    let made = state.withLock { state -> Acceptor in
      if let other = state.acceptor { return other }
      state.reactors = reactors
      state.workers = workers
      state.acceptor = acceptor
      return acceptor
    }
    if made === acceptor { for reactor in reactors { reactor.start() } }
    return made
  }

  // MARK: Descriptors

  /// The number of descriptors the process may have: RLIMIT_NOFILE or the configured cap, whichever is lower.
  public var descriptorLimit: Int { budget.limit }

  /// What is assumed where RLIMIT_NOFILE is unknown.
  public var maxDescriptorsFallback: Int {
    get { fallback.load(ordering: .relaxed) }
    set {
      fallback.store(newValue, ordering: .relaxed)
      budget.setFallback(newValue)
    }
  }

  /// Whether the process can afford to serve another connection: the descriptors it has open, counted now, and
  /// `assumedDescriptorsPerRequest` more stay strictly below `descriptorLimit`.
  public func shouldAcceptRequest(assumedDescriptorsPerRequest: Int = 5) -> Bool {
    budget.hasRoom(assuming: assumedDescriptorsPerRequest)
  }

  /// Suspends until `shouldAcceptRequest` would answer true. While it waits, answers end their connections, and idle connections are closed
  /// if somebody waits to be accepted. Throws `ServerError.serverClosed`, `notListening`, CancellationError.
  public func descriptorAvailable(assumedDescriptorsPerRequest: Int = 5) async throws {
    try await wait { acceptor, id, continuation in
      acceptor.awaitRoom(id: id, assuming: assumedDescriptorsPerRequest, continuation)
    }
  }

  // MARK: Accepting

  /// Accepts one connection, and returns once it is accepted; its requests are answered by `handler` meanwhile, each in a task that ends with its
  /// client. Transient errors of accept4(2), a lack of descriptors among them, are waited out; the rest is thrown as
  /// `ServerError.acceptFailed`. Throws `serverClosed`, `notListening`, CancellationError.
  public func acceptRequest(_ handler: @escaping @Sendable (Request) async throws -> Void) async throws {
    let box = HandlerBox(ClosureHandler(body: handler))
    try await wait { acceptor, id, continuation in
      acceptor.pull(id: id, handler: box, continuation)
    }
  }

  private func wait(_ begin: @escaping @Sendable (Acceptor, UInt64, UnsafeContinuation<Void, any Error>) -> Void) async throws {
    let (acceptor, isClosed) = state.withLock { ($0.acceptor, $0.isClosed) }
    if isClosed { throw ServerError.serverClosed }
    guard let acceptor else { throw ServerError.notListening }
    let id = nextWait.add(1, ordering: .relaxed).newValue
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      try await withUnsafeThrowingContinuation { continuation in
        acceptor.onReactor { begin($0, id, continuation) }
      }
      try Task.checkCancellation()
    } onCancel: {
      acceptor.onReactor { $0.withdraw(id: id) }
    }
  }

  // MARK: Serving

  /// Listens on a port and serves until `close`, `shutdown` or cancellation; see `listen(port:address:)` and `serve(assumedDescriptorsPerRequest:handler:)`.
  public func serve(
    port: Int, address: String = "", assumedDescriptorsPerRequest: Int = 5,
    handler: @escaping @Sendable (Request) async throws -> Void
  ) async throws {
    try listen(port: port, address: address)
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: handler)
  }

  /// Serves with a closure; see `serve(assumedDescriptorsPerRequest:handler:)` of a `RequestHandler`.
  public func serve(
    assumedDescriptorsPerRequest: Int = 5, handler: @escaping @Sendable (Request) async throws -> Void
  ) async throws {
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: ClosureHandler(body: handler))
  }

  /// Accepts connections while the rule of `shouldAcceptRequest` holds, and serves them. Returns when the server has ended and all handlers with
  /// it: after `close` or `shutdown`, or when the task is cancelled, which closes the server. Throws `ServerError.notListening`.
  public func serve(assumedDescriptorsPerRequest: Int = 5, handler: some RequestHandler) async throws {
    let (acceptor, isClosed) = state.withLock { ($0.acceptor, $0.isClosed) }
    guard !isClosed else { throw ServerError.serverClosed }
    guard let acceptor else { throw ServerError.notListening }
    await replaceHandler(handler)
    acceptor.onReactor { $0.push(assuming: assumedDescriptorsPerRequest) }
    await withTaskCancellationHandler {
      await ended()
    } onCancel: {
      close()
    }
  }

  /// Serves requests that begin from now on with another handler. Returns once every thread does; requests in flight finish with the one
  /// they began with.
  public func replaceHandler(_ handler: some RequestHandler) async {
    let box = HandlerBox(handler)
    for worker in state.withLock({ $0.workers }) {
      await worker.reactor.run { worker.use(box) }
    }
  }

  /// Takes over the limits, deadlines, proxies and logs of another configuration for connections and requests that begin from now on. How the server listens,
  /// and with how many threads, stays as it is.
  public func reconfigure(_ configuration: ServerConfiguration, assumedDescriptorsPerRequest: Int = 5) async {
    let (workers, acceptor) = state.withLock { state in
      state.configuration = configuration
      return (state.workers, state.acceptor)
    }
    budget.setCap(configuration.maxDescriptors)
    let settings = WorkerSettings(configuration)
    for worker in workers { await worker.reactor.run { worker.use(settings) } }
    acceptor?.onReactor { acceptor in
      acceptor.use(maxConnections: configuration.maxConnections, logger: configuration.logger)
      acceptor.changeAssumption(assumedDescriptorsPerRequest)
    }
  }

  /// Returns once every thread's loop has taken a turn, so does not while one of them hangs: what a watchdog wants to know.
  package func awaitTurn() async {
    for worker in state.withLock({ $0.workers }) { await worker.reactor.run {} }
  }

  /// Hands the lines of the access log that threads still gather to its writer. Returns once all have.
  package func flushAccessLog() async {
    for worker in state.withLock({ $0.workers }) { await worker.reactor.run { worker.accessLog?.flush() } }
  }

  /// What the server has done and holds.
  public var metrics: ServerMetrics {
    var metrics = ServerMetrics()
    let (workers, acceptor) = state.withLock { ($0.workers, $0.acceptor) }
    for worker in workers { worker.counters.add(to: &metrics) }
    metrics.gateClosures = acceptor?.gateClosures ?? 0
    return metrics
  }

  // MARK: Ending

  /// Ends the server now: stops listening, cancels handlers, closes connections. An answer under way is cut short by a reset. Returns at once; `serve`
  /// returns when all is done.
  public func close() {
    let (acceptor, workers, reactors) = state.withLock { state -> (Acceptor?, [Worker], [Reactor]) in
      state.isClosed = true
      state.addresses = []
      return (state.acceptor, state.workers, state.reactors)
    }
    acceptor?.onReactor { $0.close() }
    for worker in workers { worker.reactor.execute { worker.closeAll() } }
    finish(workers, reactors)
  }

  /// Stops listening, lets requests in flight finish for `gracePeriod` at most, and ends the server. Returns when it has ended.
  public func shutdown(gracePeriod: Duration = .seconds(30)) async {
    let (acceptor, workers, reactors) = state.withLock { state -> (Acceptor?, [Worker], [Reactor]) in
      state.isClosed = true
      state.addresses = []
      return (state.acceptor, state.workers, state.reactors)
    }
    acceptor?.onReactor { $0.close() }
    for worker in workers { worker.reactor.execute { worker.drain() } }
    finish(workers, reactors)
    await withTaskGroup { group in
      group.addTask { await self.ended() }
      group.addTask {
        // Cancelled when everything ended in time.
        guard (try? await Task.sleep(for: gracePeriod)) != nil else { return }
        self.close()
      }
      await group.next()
      group.cancelAll()
      await group.waitForAll()
    }
  }

  /// Arranges for the threads to stop, and for all who wait to hear of it, once no worker has anything left.
  private func finish(_ workers: [Worker], _ reactors: [Reactor]) {
    if workers.isEmpty { return didEnd() }
    let counter = SharedCounter(workers.count)
    for worker in workers {
      worker.reactor.execute {
        worker.onceEmpty {
          guard counter.decrement() == 0 else { return }
          for reactor in reactors { reactor.stop() }
          self.didEnd()
        }
      }
    }
  }

  private func didEnd() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waitingForEnd = [] }
      return state.waitingForEnd
    }
    for continuation in waiting { continuation.resume() }
  }

  private func ended() async {
    await withUnsafeContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waitingForEnd.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  private static func end(_ acceptor: Acceptor?, _ workers: [Worker], _ reactors: [Reactor]) {
    acceptor?.onReactor { $0.close() }
    for worker in workers { worker.reactor.execute { worker.closeAll() } }
    for reactor in reactors { reactor.stop() }
  }
}

/// Counts down across threads.
private final class SharedCounter: Sendable {
  private let value: Atomic<Int>
  init(_ value: Int) { self.value = Atomic(value) }
  func decrement() -> Int { value.subtract(1, ordering: .acquiringAndReleasing).newValue }
}

extension Acceptor {
  /// Runs `body` on the acceptor's thread, in its next turn.
  func onReactor(_ body: @escaping @Sendable (Acceptor) -> Void) { reactor.execute { body(self) } }
}
