// One reactor's share of a server: its connections, its copy of everything a request needs, its buffers.

import HTTPCore
import Logging
import Reactor
import SystemPackage

/// What a configuration says, in the units the hot path uses.
struct WorkerSettings: Sendable {
  let headLimits: HeadLimits
  let maxBodySize: Int
  let headTimeout: Milliseconds
  let bodyTimeout: Milliseconds
  let keepAliveTimeout: Milliseconds
  let writeTimeout: Milliseconds
  let handlerTimeout: Milliseconds?
  let trustedProxies: TrustedProxies
  /// The access log first, and the log of requests where the logger has it.
  let observers: [any RequestObserverSource]
  let logger: Logger

  init(_ configuration: ServerConfiguration) {
    headLimits = HeadLimits(
      requestLine: max(1, configuration.maxRequestLineSize), head: min(max(1, configuration.maxHeadSize), Int(UInt32.max)),
      fields: max(0, configuration.maxFieldCount))
    maxBodySize = max(0, configuration.maxBodySize)
    headTimeout = max(1, configuration.headTimeout.inMilliseconds)
    bodyTimeout = max(1, configuration.bodyTimeout.inMilliseconds)
    keepAliveTimeout = max(1, configuration.keepAliveTimeout.inMilliseconds)
    writeTimeout = max(1, configuration.writeTimeout.inMilliseconds)
    handlerTimeout = configuration.handlerTimeout.map { max(1, $0.inMilliseconds) }
    trustedProxies = configuration.trustedProxies
    var observers: [any RequestObserverSource] = []
    if let accessLog = configuration.accessLog { observers.append(accessLog) }
    if let requestLog = RequestLog(configuration.logger) { observers.append(requestLog) }
    self.observers = observers + configuration.observers
    logger = configuration.logger
  }
}

/// Confined to its reactor's thread, but for what is `let` and Sendable; that is what makes it Sendable.
final class Worker: @unchecked Sendable {
  let reactor: Reactor
  /// Its clock, at hand.
  private let time: UnsafePointer<TurnTime>
  let counters = WorkerCounters()
  let gate: AdmissionSignals
  let budget: DescriptorBudget

  private(set) var settings: WorkerSettings
  private(set) var handler: HandlerBox?
  /// The same, borrowed from there for the path of every request.
  private var borrowedHandler: Unmanaged<HandlerBox>?
  /// Hear of each answered request.
  @exclusivity(unchecked) private(set) var observers = WorkerObservers()
  @exclusivity(unchecked) private(set) var isObserved = false
  /// Whether requests have ids, since an observer wants that.
  @exclusivity(unchecked) private(set) var identifiesRequests = false
  /// That of the request whose head was read last, which is the one being answered on a connection without an exchange.
  @exclusivity(unchecked) private(set) var currentRequestID: RequestID?
  @exclusivity(unchecked) private var requestIDs = RequestIDs()
  @exclusivity(unchecked) private var requestClock = RequestClock()
  /// The one object through which immediate answers are written, used again for each.
  let immediateResponse: ImmediateResponse

  @exclusivity(unchecked) private var connections: [Connection?] = []
  private var takenOver: [ObjectIdentifier: TakenConnection] = [:]
  private var connectionCount = 0
  /// The most there were since memory was given back.
  private var peakCount = 0
  @exclusivity(unchecked) private var reservedRoom = ReservedRoom()
  /// The exchanges whose handlers run, the latest first. A handler may go on after its answer, when its connection
  /// knows it no more. Its task keeps its exchange.
  private var runningExchanges: Unmanaged<Exchange>?
  /// Tasks whose handlers have ended, to run others: none once the server ends.
  @exclusivity(unchecked) private var parkedTasks: [HandlerTask] = []
  /// Whether no further exchange is begun.
  private(set) var isDraining = false
  private var whenEmpty: [() -> Void] = []

  /// What one connection is done with and the next can use: an answer leaves before the next is begun, as a rule, so
  /// one of each will do.
  private var spareReader: Connection.HeadReader?
  @exclusivity(unchecked) private var spareBuffer: [UInt8] = []
  /// The Date field's octets for `dateSeconds`, in memory of their own: they are read with every answer and changed
  /// once a second.
  private let date = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTPDate.length, alignment: 1)
  private var dateSeconds: Int64 = -1
  private var idleQueue: [(connection: Connection, since: Milliseconds)] = []

  /// As many handlers as may begin together in a busy turn; a parked task holds some 2 KiB.
  private static let maxParkedTasks = 128
  /// Fewer connections than these leave nothing behind that is worth a look.
  private static let crowd = 256
  /// A larger buffer is not kept.
  private static let maxSpareBufferSize = 65_536

  init(reactor: Reactor, settings: WorkerSettings, gate: AdmissionSignals, budget: DescriptorBudget) {
    self.reactor = reactor
    time = UnsafePointer(reactor.time)
    self.settings = settings
    self.gate = gate
    self.budget = budget
    immediateResponse = ImmediateResponse(reactor: reactor)
    useObservers(of: settings)
  }

  deinit { date.deallocate() }

  /// The thread of requests that tests make; nothing else is done on it. It begins with the first of them, and lasts.
  static let withoutServer: Worker = {
    do throws(Errno) {
      let reactor = try Reactor(name: "http-tests")
      let settings = WorkerSettings(ServerConfiguration())
      reactor.start()
      return Worker(reactor: reactor, settings: settings, gate: AdmissionSignals(), budget: DescriptorBudget(cap: nil, fallback: 16_000))
    } catch {
      preconditionFailure("no thread for a request in memory: \(error)")
    }
  }()

  /// Requests that begin from now on are served by these.
  func use(_ newSettings: WorkerSettings) {
    useObservers(of: newSettings)
    settings = newSettings
    spareReader = nil
  }

  private func useObservers(of settings: WorkerSettings) {
    observers.use(settings.observers, on: reactor)
    isObserved = !observers.all.isEmpty
    identifiesRequests = observers.identifiesRequests
    currentRequestID = nil
  }

  /// The handler before it is the caller's to let go of: a large one takes its time, which is not this thread's.
  @discardableResult
  func use(_ newHandler: HandlerBox?) -> HandlerBox? {
    let old = handler
    handler = newHandler
    borrowedHandler = newHandler.map { .passUnretained($0) }
    return old
  }

  /// Has the request answered on the spot, if its handler can do that; false when it needs a task.
  func answerImmediately(_ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, on connection: Connection) -> Bool {
    guard let borrowed = connection.ownHandler.map({ .passUnretained($0) }) ?? borrowedHandler else { return false }
    return borrowed._withUnsafeGuaranteedRef { handler in
      guard let immediate = handler.immediate else { return false }
      let start = connection.output.tail.count
      immediateResponse.begin(connection, head)
      defer { immediateResponse.end() }
      let span = bytes.assumingMemoryBound(to: UInt8.self).span
      guard immediate.answerImmediately(head, bytes: span, immediateResponse) else { return false }
      if isObserved { immediateResponse.report(on: connection, head, bytes, from: start) }
      return true
    }
  }

  // MARK: Observers

  /// Has the observers hand over what they have gathered.
  func flushObservers() { observers.flush() }

  /// When a request begins whose head has just been read: CLOCK_MONOTONIC, microseconds.
  var requestStart: Int64 { requestClock.start(turn: time.pointee.microseconds) }

  /// The end of an observed request: how long it took, and when it is, microseconds since 1970.
  func endRequest(began: Int64) -> (microseconds: Int64, time: Int64) {
    requestClock.end(began: began, second: time.pointee.realtime)
  }

  /// Gives the request whose head has just been read its id. Call it where `identifiesRequests`.
  @inline(never)
  func identify(_ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, from peer: SocketAddress) {
    if let range = head.firstValue(of: .xRequestID), settings.trustedProxies.trusts(peer) {
      currentRequestID = RequestID(bytes.assumingMemoryBound(to: UInt8.self).span.extracting(range)) ?? requestIDs.next()
    } else {
      currentRequestID = requestIDs.next()
    }
  }

  /// The same for octets that are not a request.
  func identifyMalformed() { currentRequestID = requestIDs.next() }

  // MARK: Connections

  /// Takes a connection that was accepted. `handler` is that of its listener, or the one that came with
  /// `acceptRequest`.
  func adopt(
    _ socket: consuming OwnedDescriptor, peer: SocketAddress, listener: ListenerContext, handler: HandlerBox?, hasWaited: Bool
  ) {
    counters.accepted.add()
    let connection = Connection(worker: self, socket: socket, peer: peer, listener: listener, handler: handler)
    let index = Int(connection.descriptor)
    while connections.count <= index { connections.append(nil) }
    connections[index] = connection
    connectionCount += 1
    if connectionCount > peakCount { peakCount = connectionCount }
    counters.open.add()
    if isDraining { connection.state.forbidPersistence() }
    connection.open(hasWaited: hasWaited)
    if isDraining { connection.drain() }
  }

  func connectionDidEnd(_ descriptor: Int32) {
    connections[Int(descriptor)] = nil
    connectionCount -= 1
    counters.open.add(-1)
    gate.connectionEnded()
    if peakCount > Self.crowd, connectionCount <= peakCount / 2 {
      peakCount = connectionCount
      FreeMemory.giveBackSoon(on: reactor)
    }
    // Those that it still lists are all gone, and keep this worker.
    if connectionCount == 0, !idleQueue.isEmpty { idleQueue = [] }
    announceIfEmpty()
  }

  /// Counts as a connection of its own, which ends with `forget`.
  func register(_ connection: TakenConnection) {
    takenOver[ObjectIdentifier(connection)] = connection
    gate.connectionBegan()
  }

  func forget(_ connection: TakenConnection) {
    takenOver[ObjectIdentifier(connection)] = nil
    gate.connectionEnded()
    announceIfEmpty()
  }

  func handlerDidStart(_ exchange: Exchange) {
    let reference = Unmanaged.passUnretained(exchange)
    exchange.nextRunning = runningExchanges
    runningExchanges?._withUnsafeGuaranteedRef { $0.previousRunning = reference }
    runningExchanges = reference
  }

  func handlerDidEnd(_ exchange: Exchange) {
    if let previous = exchange.previousRunning {
      previous._withUnsafeGuaranteedRef { $0.nextRunning = exchange.nextRunning }
    } else {
      runningExchanges = exchange.nextRunning
    }
    exchange.nextRunning?._withUnsafeGuaranteedRef { $0.previousRunning = exchange.previousRunning }
    exchange.nextRunning = nil
    exchange.previousRunning = nil
    announceIfEmpty()
  }

  // MARK: Tasks

  /// A task for a handler: one that is parked, or a new one.
  func takeTask() -> HandlerTask { parkedTasks.popLast() ?? HandlerTask(worker: self) }

  /// Keeps a task for the next handler; false when it is to end.
  func park(_ task: HandlerTask) -> Bool {
    guard !isDraining, parkedTasks.count < Self.maxParkedTasks else { return false }
    parkedTasks.append(task)
    return true
  }

  private func endParkedTasks() {
    let parked = parkedTasks
    parkedTasks = []
    for task in parked { task.end() }
  }

  // MARK: Reserved room

  /// The reservation that comes with a connection: the acceptor has counted it already.
  func takeReservation() -> ReservedRoom.Generation {
    lapseReservations()
    return reservedRoom.reserve()
  }

  /// Reserves for a request whose handler starts, in place of what its connection holds still.
  func reserve(_ held: inout ReservedRoom.Generation) {
    lapseReservations()
    if !reservedRoom.giveBack(held) { counters.reservationBalance.add() }
    held = reservedRoom.reserve()
  }

  func giveBack(_ held: inout ReservedRoom.Generation) {
    defer { held = .none }
    guard reservedRoom.giveBack(held) else { return }
    counters.reservationBalance.add(-1)
    gate.roomWasGivenBack()
  }

  func lapseReservations() {
    let lapsed = reservedRoom.lapse(now: now)
    guard lapsed > 0 else { return }
    counters.reservationBalance.add(-lapsed)
    gate.roomWasGivenBack()
  }

  // MARK: Ending

  /// Lets exchanges finish and takes no further ones.
  func drain() {
    isDraining = true
    endParkedTasks()
    for connection in connections { connection?.drain() }
  }

  /// The time to drain is over: a client without the beginning of an answer gets 503, and everything ends.
  func endDrain() {
    for case let connection? in connections {
      connection.exchange?.serverEnds()
      connection.flush()
    }
    closeAll()
  }

  /// Ends all connections now, and cancels their handlers.
  func closeAll() {
    isDraining = true
    endParkedTasks()
    for connection in connections { connection?.abort() }
    for connection in takenOver.values { connection.close() }
    var exchange = runningExchanges
    while let running = exchange?.takeUnretainedValue() {
      exchange = running.nextRunning
      running.cancelHandler()
    }
    observers.flush()
  }

  /// Calls `action` once no connection and no handler is left.
  func onceEmpty(_ action: @escaping () -> Void) {
    whenEmpty.append(action)
    announceIfEmpty()
  }

  private func announceIfEmpty() {
    guard connectionCount == 0, takenOver.isEmpty, runningExchanges == nil, !whenEmpty.isEmpty else { return }
    observers.flush()
    let actions = whenEmpty
    whenEmpty = []
    for action in actions { action() }
  }

  /// Closes the connection that has been idle longest; false when none is. The order is found once for many calls,
  /// since a connection that was used in between shows by its time.
  func shedLongestIdle() -> Bool {
    for refill in [false, true] {
      if refill {
        idleQueue = connections.compactMap { $0 }.filter(\.isSheddable).map { ($0, $0.idleSince) }
        idleQueue.sort { $0.since > $1.since }
      }
      while let (connection, since) = idleQueue.popLast() {
        guard connection.isSheddable, connection.idleSince == since, connection.shed() else { continue }
        counters.shed.add()
        return true
      }
    }
    return false
  }

  // MARK: What every answer needs

  /// CLOCK_MONOTONIC at the start of this turn, milliseconds.
  var now: Milliseconds { time.pointee.monotonic }

  /// The Date field's 29 octets for this second.
  var currentDate: UnsafeRawBufferPointer {
    if dateSeconds != time.pointee.realtime { renewDate() }
    return UnsafeRawBufferPointer(date)
  }

  private func renewDate() {
    dateSeconds = time.pointee.realtime
    var text: [UInt8] = []
    HTTPDate.format(dateSeconds, into: &text)
    date.copyBytes(from: text)
  }

  /// A parser for the next head, with room for its field lines where there is one to use again.
  func takeReader() -> Connection.HeadReader { spareReader.take() ?? Connection.HeadReader(limits: settings.headLimits) }

  func takeBack(_ reader: consuming Connection.HeadReader) { spareReader = consume reader }

  /// Gives an empty `buffer` some room.
  func lendBuffer(to buffer: inout [UInt8]) { swap(&buffer, &spareBuffer) }

  /// Takes an empty buffer's room back, and leaves it none.
  func takeBack(_ buffer: inout [UInt8]) {
    swap(&buffer, &spareBuffer)
    if spareBuffer.capacity > Self.maxSpareBufferSize { spareBuffer = [] }
    if buffer.capacity != 0 { buffer = [] }
  }
}

/// A handler, and what it can do at once if it can: one reference to hold and to compare.
final class HandlerBox: Sendable {
  /// What a task calls: a closure itself, or the method of a value. Each call between costs the task a look-up of its
  /// executor.
  let handle: nonisolated(nonsending) @Sendable (Request) async throws -> Void
  let immediate: (any ImmediateRequestHandler)?

  init(_ handler: some RequestHandler) {
    if let closure = handler as? ClosureHandler {
      handle = closure.body
    } else if let closure = handler as? ResponseHandler {
      let body = closure.body
      handle = { try await $0.respond(try await body($0)) }
    } else {
      handle = { try await handler.handle($0) }
    }
    immediate = handler as? any ImmediateRequestHandler
  }
}
