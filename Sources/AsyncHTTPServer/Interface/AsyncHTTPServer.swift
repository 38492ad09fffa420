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
/// Either `serve` does everything, or a loop of your own asks `shouldAcceptRequest` and calls `acceptRequest`. All
/// methods may be called from any thread. A server that has ended does not begin again: what would have it do so throws
/// `ServerError.serverClosed`. One without references ends as if closed.
public final class AsyncHTTPServer: Sendable {
  /// The version of this library and of the daemon that is built from it, as its tag: `major.minor.patch`.
  public static let version = "0.1.0"

  private struct State {
    var configuration: ServerConfiguration
    var reactors: [Reactor] = []
    var workers: [Worker] = []
    var acceptor: Acceptor?
    var addresses: [SocketAddress] = []
    var isClosed = false
    var waitingForEnd: [UInt64: UnsafeContinuation<Void, Never>] = [:]
    var hasEnded = false
  }

  private let state: Mutex<State>
  private let gate = AdmissionSignals()
  private let budget: DescriptorBudget
  private let nextWait = Atomic<UInt64>(0)
  private let fallback: Atomic<Int>

  /// A server with the ancestor's three options; `ServerConfiguration` has all of them, and says what they mean.
  /// `maxBodySize` is in bytes.
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

  /// Listens on a port: 0 lets the kernel choose, and `url` and `localAddress` tell. May be called several times, also
  /// while serving.
  ///
  /// - Parameters:
  ///   - address: an Internet address; by default loopback, which only this machine reaches. The empty text and `::` stand for all addresses
  ///     of the machine, IPv4 and IPv6 alike, and `0.0.0.0` for those of IPv4.
  ///
  /// Throws `ServerError.invalidAddress` (host names are none), `cannotListen` with EADDRINUSE, EACCES, EADDRNOTAVAIL
  /// (bind(2)), EMFILE, or `serverClosed`.
  @discardableResult
  public func listen(port: Int, address: String = "127.0.0.1") throws -> SocketAddress {
    guard let number = UInt16(exactly: port), let socketAddress = SocketAddress(address, port: number) else {
      throw ServerError.invalidAddress("\(address):\(port)")
    }
    return try listen(socketAddress)
  }

  /// Listens on a path of the Unix domain, at most 107 bytes (unix(7)). A socket left over by a process that is gone is
  /// replaced; the path is removed when the listener closes, unless something else is there by then.
  ///
  /// Throws `ServerError.invalidAddress`, `cannotListen` with EADDRINUSE when another server answers on the path,
  /// EEXIST when it is not a socket, EACCES, ENOENT (bind(2)), or `serverClosed`.
  @discardableResult
  public func listen(unixPath: String) throws -> SocketAddress {
    guard let address = SocketAddress(unixPath: unixPath), !unixPath.isEmpty else { throw ServerError.invalidAddress("unix:\(unixPath)") }
    return try listen(address)
  }

  /// Listens on a listening socket that another process has opened (sd_listen_fds(3)). The descriptor
  /// belongs to the server from now on, and is closed when this throws.
  ///
  /// Throws `ServerError.cannotListen` with ENOTSOCK, or EINVAL for a socket that does not listen; `serverClosed`.
  @discardableResult
  public func listen(inherited descriptor: Int32) throws -> SocketAddress {
    let owned = OwnedDescriptor(descriptor)
    if state.withLock({ $0.isClosed }) { throw ServerError.serverClosed }
    do throws(Errno) {
      return try listen(on: try ListeningSocket(adopting: owned))
    } catch {
      throw ServerError.cannotListen(address: "descriptor \(descriptor)", error)
    }
  }

  /// Listens on `address`; see `listen(port:address:)` and `listen(unixPath:)` for what is thrown.
  @discardableResult
  public func listen(_ address: SocketAddress) throws -> SocketAddress { try listen(address, box: nil) }

  /// Listens on `address` for a handler of its own: it answers the requests that come there, and the handler of `serve`
  /// or `acceptRequest` all others. Such as a page for operators on a port that clients do not reach:
  ///
  /// ```swift
  /// let server = AsyncHTTPServer()
  /// try server.listen(port: 8080)
  /// try server.listen(SocketAddress("127.0.0.1", port: 9090)!, handler: operators)
  /// try await server.serve(handler: clients)
  /// ```
  ///
  /// `replaceHandler` leaves it as it is, and `stopListening(on:)` lets go of it once its connections have ended. See
  /// `listen(port:address:)` and `listen(unixPath:)` for what is thrown.
  @discardableResult
  public func listen(_ address: SocketAddress, handler: any RequestHandler) throws -> SocketAddress {
    try listen(address, box: HandlerBox(handler))
  }

  private func listen(_ address: SocketAddress, box: HandlerBox?) throws -> SocketAddress {
    let (configuration, isClosed) = state.withLock { ($0.configuration, $0.isClosed) }
    if isClosed { throw ServerError.serverClosed }
    do throws(Errno) {
      return try listen(
        on: try ListeningSocket(
          address: address, reuseAddress: configuration.reuseAddress, reusePort: configuration.reusePort,
          backlog: Int32(clamping: configuration.backlog)), box: box)
    } catch {
      throw ServerError.cannotListen(address: "\(address)", error)
    }
  }

  /// Listens on a socket that is open already. Throws EMFILE, ENFILE where this is the first and the threads cannot be
  /// made.
  @discardableResult
  package func listen(on socket: consuming ListeningSocket) throws(Errno) -> SocketAddress { try listen(on: socket, box: nil) }

  /// The same for a handler of its own.
  @discardableResult
  package func listen(on socket: consuming ListeningSocket, handler: any RequestHandler) throws(Errno) -> SocketAddress {
    try listen(on: socket, box: HandlerBox(handler))
  }

  private func listen(on socket: consuming ListeningSocket, box handler: HandlerBox?) throws(Errno) -> SocketAddress {
    let address = socket.localAddress
    let acceptor = try started()
    let box = Mutex<ListeningSocket?>(consume socket)
    state.withLock { state in
      if !state.isClosed { state.addresses.append(address) }
    }
    acceptor.onReactor { acceptor in
      if let socket = box.withLock({ $0.take() }) { acceptor.add(socket, handler: handler) }
    }
    return address
  }

  /// Stops listening on one address, as `localAddresses` has it; nothing happens when the server does not. Connections
  /// accepted there are served on.
  public func stopListening(on address: SocketAddress) {
    let acceptor = state.withLock { state -> Acceptor? in
      state.addresses.removeAll { $0 == address }
      return state.acceptor
    }
    acceptor?.onReactor { $0.remove(address) }
  }

  /// The first address the server listens on, with the port the kernel chose; nil before `listen` and after `close`.
  public var localAddress: SocketAddress? { state.withLock { $0.addresses.first } }

  /// Where a client on this machine reaches the server, `http://127.0.0.1:8080` without a slash at its end: the first
  /// address of the Internet that the server listens on; nil without one, before `listen` and after `close`.
  public var url: String? { localAddresses.lazy.compactMap(\.url).first }

  /// All addresses the server listens on.
  public var localAddresses: [SocketAddress] { state.withLock { $0.addresses } }

  /// Makes the threads, once.
  private func started() throws(Errno) -> Acceptor {
    let (existing, configuration, isClosed) = state.withLock { ($0.acceptor, $0.configuration, $0.isClosed) }
    if isClosed { throw .badFileDescriptor }
    if let existing { return existing }
    let count = max(1, configuration.workers ?? ProcessorCount.available)
    let settings = WorkerSettings(configuration)
    var reactors: [Reactor] = []
    for index in 0..<count { reactors.append(try Reactor(name: "http-\(index)")) }
    let (gate, budget) = (gate, budget)
    let workers = reactors.map { Worker(reactor: $0, settings: settings, gate: gate, budget: budget) }
    let acceptor = Acceptor(
      reactor: reactors[0], workers: workers, signals: gate, budget: budget, maxConnections: configuration.maxConnections,
      logger: configuration.logger)
    let made = try state.withLock { state throws(Errno) -> Acceptor in
      if state.isClosed { throw .badFileDescriptor }
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

  /// The number of descriptors the process may have: the soft RLIMIT_NOFILE (getrlimit(2)), read at each call, or the
  /// configured cap, whichever is lower.
  public var descriptorLimit: Int { budget.limit }

  /// The limit that is assumed where RLIMIT_NOFILE is unknown or infinite. May be changed at any time.
  public var maxDescriptorsFallback: Int {
    get { fallback.load(ordering: .relaxed) }
    set {
      fallback.store(newValue, ordering: .relaxed)
      budget.setFallback(newValue)
    }
  }

  /// Whether the process can afford to serve another connection: the descriptors it has open, counted now, and
  /// `assumedDescriptorsPerRequest` more stay strictly below `descriptorLimit`. As many more count as open for each
  /// connection of this server that was accepted just now and has not used its room yet. True where /proc cannot be
  /// read, and for a negative assumption.
  public func shouldAcceptRequest(assumedDescriptorsPerRequest: Int = 5) -> Bool {
    let reservations = state.withLock { $0.acceptor }?.reservationCount ?? 0
    return budget.room(assuming: assumedDescriptorsPerRequest, reservations: reservations) == .enough
  }

  /// Suspends until `shouldAcceptRequest` would answer true. While it waits, answers end their connections, and idle
  /// connections are closed if a client waits to be accepted. Throws `ServerError.serverClosed`, `notListening`,
  /// CancellationError.
  public func descriptorAvailable(assumedDescriptorsPerRequest: Int = 5) async throws {
    try await wait { acceptor, id, continuation in
      acceptor.awaitRoom(id: id, assuming: assumedDescriptorsPerRequest, continuation)
    }
  }

  // MARK: Accepting

  /// Accepts one connection, and returns once it is accepted; its requests are answered by `handler` meanwhile, each in
  /// a task that ends with its client. Transient errors of accept4(2), a lack of descriptors among them, are waited
  /// out; the rest is thrown as `ServerError.acceptFailed`. Throws `serverClosed`, `notListening`, CancellationError.
  public func acceptRequest(_ handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Void) async throws {
    try await acceptRequest(ClosureHandler(body: handler))
  }

  /// The same with a closure that returns its answer.
  @_disfavoredOverload
  public func acceptRequest(_ handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Response) async throws {
    try await acceptRequest(ResponseHandler(body: handler))
  }

  /// Accepts one connection for a `RequestHandler`; see `acceptRequest(_:)` with a closure.
  public func acceptRequest(_ handler: any RequestHandler) async throws {
    let box = HandlerBox(handler)
    try await wait { acceptor, id, continuation in
      acceptor.pull(id: id, handler: box, continuation)
    }
  }

  private func wait(_ begin: @escaping @Sendable (Acceptor, UInt64, UnsafeContinuation<Void, any Error>) -> Void) async throws {
    let (acceptor, isClosed) = state.withLock { ($0.acceptor, $0.isClosed) }
    if isClosed { throw ServerError.serverClosed }
    guard let acceptor else { throw ServerError.notListening }
    let id = nextWait.add(1, ordering: .relaxed).newValue
    let cancellation = Flag()
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
        acceptor.onReactor { acceptor in
          // A cancellation that came between the check above and here has found nothing to withdraw.
          if cancellation.isRaised { return continuation.resume(throwing: CancellationError()) }
          begin(acceptor, id, continuation)
        }
      }
      try Task.checkCancellation()
    } onCancel: {
      cancellation.raise()
      acceptor.onReactor { $0.withdraw(id: id) }
    }
  }

  // MARK: Serving

  // A closure is no `any RequestHandler`, so what is wrong inside a closure is said where it is. With `some
  // RequestHandler` the compiler would say instead that closures cannot conform to it.

  /// Listens on a port and serves until `close`, `shutdown` or cancellation; see `listen(port:address:)` and
  /// `serve(assumedDescriptorsPerRequest:handler:)`.
  public func serve(
    port: Int, address: String = "127.0.0.1", assumedDescriptorsPerRequest: Int = 5,
    handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Void
  ) async throws {
    try await serve(
      port: port, address: address, assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: ClosureHandler(body: handler))
  }

  /// The same with a closure that returns its answer.
  @_disfavoredOverload
  public func serve(
    port: Int, address: String = "127.0.0.1", assumedDescriptorsPerRequest: Int = 5,
    handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Response
  ) async throws {
    try await serve(
      port: port, address: address, assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: ResponseHandler(body: handler))
  }

  /// Listens on a port and serves with a `RequestHandler`.
  public func serve(
    port: Int, address: String = "127.0.0.1", assumedDescriptorsPerRequest: Int = 5, handler: any RequestHandler
  ) async throws {
    try listen(port: port, address: address)
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: handler)
  }

  /// Serves with a closure; see `serve(assumedDescriptorsPerRequest:handler:)` of a `RequestHandler`.
  public func serve(
    assumedDescriptorsPerRequest: Int = 5, handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Void
  ) async throws {
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: ClosureHandler(body: handler))
  }

  /// The same with a closure that returns its answer.
  @_disfavoredOverload
  public func serve(
    assumedDescriptorsPerRequest: Int = 5, handler: nonisolated(nonsending) @escaping @Sendable (Request) async throws -> Response
  ) async throws {
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest, handler: ResponseHandler(body: handler))
  }

  /// Accepts connections while the rule of `shouldAcceptRequest` holds, and serves them. Returns when the server has
  /// ended and all handlers with it: after `close` or `shutdown`, or when the task is cancelled, which closes the
  /// server. Of two that serve at once the later brings the handler.
  ///
  /// Throws `ServerError.notListening`, or `serverClosed` when the server was ended before this began.
  public func serve(assumedDescriptorsPerRequest: Int = 5, handler: any RequestHandler) async throws {
    if state.withLock({ $0.isClosed }) { throw ServerError.serverClosed }
    await replaceHandler(handler)
    try await serve(assumedDescriptorsPerRequest: assumedDescriptorsPerRequest)
  }

  /// Serves with the handler that `replaceHandler` has brought, and lets go of it when another replaces it.
  package func serve(assumedDescriptorsPerRequest: Int) async throws {
    let (acceptor, isClosed) = state.withLock { ($0.acceptor, $0.isClosed) }
    guard !isClosed else { throw ServerError.serverClosed }
    guard let acceptor else { throw ServerError.notListening }
    acceptor.onReactor { $0.push(assuming: assumedDescriptorsPerRequest) }
    await withTaskCancellationHandler {
      await ended()
    } onCancel: {
      close()
    }
  }

  /// Serves requests that begin from now on with another handler; connections that came by `acceptRequest` keep theirs.
  /// Returns once every thread does; requests in flight finish with the one they began with.
  public func replaceHandler(_ handler: any RequestHandler) async {
    let box = HandlerBox(handler)
    let workers = state.withLock { $0.workers }
    var replaced: [HandlerBox] = []
    for worker in workers {
      if let old = await worker.reactor.run({ worker.use(box) }) { replaced.append(old) }
    }
    Self.letGo(of: consume replaced)
    if let reactor = workers.first?.reactor { reactor.execute { FreeMemory.giveBackSoon(on: reactor) } }
  }

  /// Frees what may be as large as fifty thousand routes on a background thread, where no client waits.
  private static func letGo(of handlers: consuming [HandlerBox]) {
    let handlers = handlers
    BackgroundThread.run { withExtendedLifetime(handlers) {} }
  }

  /// Takes over the limits, deadlines, proxies and logs of another configuration for connections and requests that
  /// begin from now on. How the server listens, and with how many threads, stays as it is.
  public func reconfigure(_ configuration: ServerConfiguration, assumedDescriptorsPerRequest: Int? = nil) async {
    let (workers, acceptor) = state.withLock { state in
      state.configuration = configuration
      return (state.workers, state.acceptor)
    }
    budget.setCap(configuration.maxDescriptors)
    let settings = WorkerSettings(configuration)
    for worker in workers { await worker.reactor.run { worker.use(settings) } }
    acceptor?.onReactor { acceptor in
      acceptor.use(maxConnections: configuration.maxConnections, logger: configuration.logger)
      if let assumedDescriptorsPerRequest { acceptor.changeAssumption(assumedDescriptorsPerRequest) }
    }
  }

  /// Returns once every thread's loop has taken a turn, so does not while one of them hangs: what a watchdog wants to
  /// know.
  package func awaitTurn() async {
    for worker in state.withLock({ $0.workers }) { await worker.reactor.run {} }
  }

  /// Has the observers of all threads hand over what they still gather, such as lines of the access log. Returns once
  /// all have.
  package func flushObservers() async {
    for worker in state.withLock({ $0.workers }) { await worker.reactor.run { worker.flushObservers() } }
  }

  /// What the server has done and holds: a value of this moment. Zeroes before `listen`; what was counted stays after
  /// `close`.
  public var metrics: ServerMetrics {
    var metrics = ServerMetrics()
    let (workers, acceptor) = state.withLock { ($0.workers, $0.acceptor) }
    for worker in workers { worker.counters.add(to: &metrics) }
    metrics.gateClosures = acceptor?.gateClosures ?? 0
    metrics.isGateShut = gate.isShut
    return metrics
  }

  /// The descriptors that the process has open, counted now, and how many it may have: `descriptorLimit`. Nil for those
  /// open where /proc cannot be read.
  package var descriptors: (open: Int?, limit: Int) { (ProcessDescriptors.openCount(), budget.limit) }

  // MARK: Ending

  /// Ends the server now: stops listening, cancels handlers, closes connections. An answer under way is cut short by a
  /// reset. Returns at once; `serve` returns when all is done.
  public func close() { end { $0.closeAll() } }

  /// Stops listening, lets requests in flight finish for `gracePeriod` at most, and ends the server. Connections that
  /// the kernel has queued are served as well, and one that has not sent its first request has a second for it.
  /// Requests whose answers have not begun by the end of `gracePeriod` are answered 503.
  ///
  /// Returns when the server has ended; when the calling task is cancelled the grace is over at once. A handler that
  /// calls this is in flight itself: it is cancelled after `gracePeriod`, and this returns then.
  public func shutdown(gracePeriod: Duration = .seconds(30)) async {
    await shutdown { try? await Task.sleep(for: gracePeriod) }
  }

  /// The same by the clock of a reactor. Task.sleep starts threads of the runtime's own, which set their priority: in a
  /// sandbox that forbids it they say so in the log.
  package func shutdown(gracePeriod: Duration, on reactor: Reactor) async {
    await shutdown { try? await reactor.sleep(milliseconds: gracePeriod.inMilliseconds) }
  }

  private func shutdown(grace: @escaping @Sendable () async -> Void) async {
    end(takingQueues: true) { $0.drain() }
    // Ends early when the caller is cancelled, and when this scope is left because everything has ended in time.
    async let _: Void = {
      await grace()
      end { $0.endDrain() }
    }()
    await ended(orCancelled: true)
  }

  /// Stops accepting, has every worker end in its way, and arranges for the threads to stop.
  private func end(takingQueues: Bool = false, _ how: @escaping @Sendable (Worker) -> Void) {
    let (acceptor, workers, reactors, hasEnded) = state.withLock { state -> (Acceptor?, [Worker], [Reactor], Bool) in
      state.isClosed = true
      state.addresses = []
      return (state.acceptor, state.workers, state.reactors, state.hasEnded)
    }
    if hasEnded { return }
    guard let acceptor else { return didEnd() }
    acceptor.onReactor { acceptor in
      if !takingQueues { acceptor.close() }
      // From the acceptor's thread: after a close no worker is handed a connection any more.
      for worker in workers { worker.reactor.execute { how(worker) } }
      guard takingQueues else { return self.finish(workers, reactors) }
      // Behind what the acceptor's own worker was told: what is in the queues knows that it is the last.
      acceptor.onReactor { acceptor in
        acceptor.takeQueues()
        acceptor.close()
        self.finish(workers, reactors)
      }
    }
  }

  /// Arranges for the threads to stop, and for all who wait to hear of it, once no worker has anything left.
  private func finish(_ workers: [Worker], _ reactors: [Reactor]) {
    let counter = SharedCounter(workers.count)
    for worker in workers {
      worker.reactor.execute {
        worker.onceEmpty {
          // It may know this server, which then would be kept by what it keeps.
          worker.use(nil)
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
      defer { state.waitingForEnd = [:] }
      return state.waitingForEnd
    }
    for continuation in waiting.values { continuation.resume() }
  }

  /// Returns when the server has ended, or when the task is cancelled if the caller wants that.
  private func ended(orCancelled: Bool = false) async {
    let id = nextWait.add(1, ordering: .relaxed).newValue
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isOver = state.withLock { state in
          if state.hasEnded || orCancelled && Task.isCancelled { return true }
          state.waitingForEnd[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      guard orCancelled else { return }
      state.withLock { $0.waitingForEnd.removeValue(forKey: id) }?.resume()
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

/// Says across threads that something has happened.
private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}

extension Acceptor {
  /// Runs `body` on the acceptor's thread, in its next turn.
  func onReactor(_ body: @escaping @Sendable (Acceptor) -> Void) { reactor.execute { body(self) } }
}
