// The one place that accepts. It takes the permit before the connection: no accept4(2) without room for what the
// request will need, and room that was promised to one connection is not promised to the next (ReservedRoom.swift).
// With the gate shut it watches no listener, so it does not spin; it closes connections that nobody uses, longest idle
// first, while somebody waits, and looks again at the first descriptor that closes.

import Glibc
import Logging
import Reactor
import Synchronization
import SystemPackage

/// Confined to its reactor's thread, which is what makes it Sendable.
final class Acceptor: TimerTarget, @unchecked Sendable {
  /// One listening socket under watch.
  private final class Watch: EventHandler {
    unowned let acceptor: Acceptor
    let socket: ListeningSocket
    var isRegistered = false
    var isArmed = false
    /// How many turns in a row have found connections waiting, and the latest of them.
    private var streak = 0
    private var latestTurn: UInt64 = 0
    /// Whether it has been said that the kernel refuses to watch it.
    var isFailing = false

    init(_ socket: consuming ListeningSocket, _ acceptor: Acceptor) {
      self.socket = socket
      self.acceptor = acceptor
    }

    var descriptor: Int32 { socket.descriptor.rawValue }

    func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
      streak = reactor.turnCount == latestTurn &+ 1 ? streak + 1 : 0
      latestTurn = reactor.turnCount
      acceptor.connectionsWait(on: self)
    }

    /// Whether connections come faster than they are taken one by one.
    var isCrowded: Bool { streak >= Acceptor.turnsToCrowd }

    func queueIsEmpty() { streak = 0 }
  }

  /// Somebody who asked for one connection.
  private struct Puller {
    let id: UInt64
    let handler: HandlerBox
    let continuation: UnsafeContinuation<Void, any Error>
  }

  let reactor: Reactor
  private let workers: [Worker]
  private let gate: AcceptGate
  private let budget: DescriptorBudget
  private var logger: Logger
  private var maxConnections: Int
  private var watches: [Watch] = []

  private var pullers: [Puller] = []
  private var roomWaiters: [(id: UInt64, assumed: Int, continuation: UnsafeContinuation<Void, any Error>)] = []
  /// While set, connections are accepted as they come, each with this much room.
  private var assumedDescriptors: Int?
  @exclusivity(unchecked) private var assignedCounts: [Int]
  /// Connections handed to workers so far: each came with a reservation.
  private let handedOver = Counter()
  /// There would be room, were some of it not promised to connections that came just now: listeners are not watched,
  /// and the gate is open.
  private var awaitsReservations = false { didSet { gate.setPromised(awaitsReservations) } }
  private let episode = GateEpisode()
  /// Times the gate has shut. From any thread.
  var gateClosures: Int { episode.count }

  private var recheck = TimerID.none
  /// Somebody will tell of the next close already.
  private var awaitsClose = false
  private var backoff: Milliseconds = 0
  private var isClosed = false

  /// Connections taken in one turn from a crowded listener; the rest of the queue waits while those already here are
  /// served. From any other just one, since a second call would find nothing more often than not.
  private static let acceptsPerTurn = 64
  private static let turnsToCrowd = 8
  /// How often the gate looks again when nothing has told it of a closed descriptor: a library may have closed one of
  /// its own.
  private static let recheckMilliseconds: Milliseconds = 50
  private static let firstBackoff: Milliseconds = 5
  private static let lastBackoff: Milliseconds = 1000

  init(reactor: Reactor, workers: [Worker], gate: AcceptGate, budget: DescriptorBudget, maxConnections: Int?, logger: Logger) {
    self.reactor = reactor
    self.workers = workers
    self.gate = gate
    self.budget = budget
    self.maxConnections = maxConnections ?? Int.max
    self.logger = logger
    assignedCounts = workers.map { _ in 0 }
  }

  func use(maxConnections: Int?, logger: Logger) {
    self.maxConnections = maxConnections ?? Int.max
    self.logger = logger
  }

  // MARK: Listeners

  func add(_ socket: consuming ListeningSocket) {
    // Closed meanwhile: the socket closes with the last look at it.
    if isClosed { return }
    watches.append(Watch(socket, self))
    rearm()
  }

  /// Stops listening on one address; connections already accepted go on.
  func remove(_ address: SocketAddress) {
    for watch in watches where watch.socket.localAddress == address {
      takeQueue(of: watch)
      reactor.deregister(watch.descriptor)
    }
    watches.removeAll { $0.socket.localAddress == address }
  }

  /// Stops listening everywhere, and tells all who wait.
  func close() {
    isClosed = true
    assumedDescriptors = nil
    for watch in watches { reactor.deregister(watch.descriptor) }
    watches = []
    reactor.cancelTimer(recheck)
    let waiting = pullers.map(\.continuation) + roomWaiters.map(\.continuation)
    pullers = []
    roomWaiters = []
    for continuation in waiting { continuation.resume(throwing: ServerError.serverClosed) }
  }

  // MARK: Who wants connections

  /// Accepts whatever comes from now on, while the rule holds with `assumed`.
  func push(assuming assumed: Int) {
    assumedDescriptors = assumed
    rearm()
  }

  /// The same from now on with another assumption.
  func changeAssumption(_ assumed: Int) {
    if assumedDescriptors != nil { assumedDescriptors = assumed }
  }

  /// Accepts one connection for `handler`.
  func pull(id: UInt64, handler: HandlerBox, _ continuation: UnsafeContinuation<Void, any Error>) {
    if isClosed { return continuation.resume(throwing: ServerError.serverClosed) }
    pullers.append(Puller(id: id, handler: handler, continuation: continuation))
    rearm()
  }

  /// Resumes once the rule holds with `assumed`.
  func awaitRoom(id: UInt64, assuming assumed: Int, _ continuation: UnsafeContinuation<Void, any Error>) {
    if isClosed { return continuation.resume(throwing: ServerError.serverClosed) }
    let room = room(assuming: assumed)
    if room == .enough { return continuation.resume() }
    roomWaiters.append((id, assumed, continuation))
    wait(for: room)
  }

  /// Takes back a `pull` or `awaitRoom` whose task was cancelled.
  func withdraw(id: UInt64) {
    var withdrawn: [UnsafeContinuation<Void, any Error>] = []
    pullers.removeAll { puller in
      if puller.id == id { withdrawn.append(puller.continuation) }
      return puller.id == id
    }
    roomWaiters.removeAll { waiter in
      if waiter.id == id { withdrawn.append(waiter.continuation) }
      return waiter.id == id
    }
    for continuation in withdrawn { continuation.resume(throwing: CancellationError()) }
    rearm()
  }

  private var wantsConnections: Bool { assumedDescriptors != nil || !pullers.isEmpty }

  private func rearm() {
    let wanted = wantsConnections && !gate.isShut && !awaitsReservations
    for watch in watches where watch.isArmed != wanted { arm(watch, wanted) }
  }

  /// Watches a listener for connections, or not. When the kernel has no memory or no watches left (epoll_ctl(2)) it is
  /// tried again: a listener that nobody watches would leave its clients waiting for ever.
  private func arm(_ watch: Watch, _ wanted: Bool) {
    do throws(Errno) {
      if watch.isRegistered {
        try reactor.changeInterest(wanted ? [.readable] : [], of: watch.descriptor)
      } else {
        try reactor.register(watch.descriptor, wanted ? [.readable] : [], watch)
        watch.isRegistered = true
      }
      watch.isArmed = wanted
      watch.isFailing = false
    } catch {
      if !watch.isFailing {
        logger.critical("cannot watch a listener", metadata: ["address": "\(watch.socket.localAddress)", "error": "\(error)"])
      }
      watch.isFailing = true
      if recheck == .none { recheck = reactor.setTimer(after: Self.recheckMilliseconds, self) }
    }
  }

  // MARK: Accepting

  private func connectionsWait(on watch: Watch) {
    let isCrowded = watch.isCrowded
    var left = isCrowded ? Self.acceptsPerTurn : 1
    while wantsConnections, !gate.isShut {
      // Who pulls has asked shouldAcceptRequest, or has chosen not to. Asked after the last as well: the gate shuts
      // with the connection that takes the last room.
      if pullers.isEmpty, let assumedDescriptors, !admits(assuming: assumedDescriptors) { break }
      guard left > 0 else { break }
      left -= 1
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(watch.descriptor) else {
          watch.queueIsEmpty()
          break
        }
        backoff = 0
        let peer = accepted.peer
        hand(accepted.takeDescriptor(), peer, hasWaited: isCrowded)
      } catch {
        if !acceptFailed(error) { break }
      }
    }
    rearm()
  }

  /// Takes the queues of all listeners, but for those that go on without this process: theirs are the next one's.
  func takeQueues() {
    for watch in watches where !watch.socket.isInherited { takeQueue(of: watch) }
  }

  /// Takes what the kernel has queued for a listener that goes: closing it would reset clients that believe themselves
  /// connected. Without room for them there is no other way; room that is promised to others is better than a reset.
  private func takeQueue(of watch: Watch) {
    guard pullers.isEmpty, let assumedDescriptors else { return }
    while !gate.isShut, room(assuming: assumedDescriptors) != .none {
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(watch.descriptor) else { return }
        let peer = accepted.peer
        hand(accepted.takeDescriptor(), peer, hasWaited: true)
      } catch {
        if !acceptFailed(error) { return }
      }
    }
  }

  /// Gives a connection to a worker; one that has waited has brought its request, probably.
  private func hand(_ socket: consuming OwnedDescriptor, _ peer: SocketAddress, hasWaited: Bool) {
    gate.connectionBegan()
    handedOver.add()
    let puller = pullers.isEmpty ? nil : pullers.removeFirst()
    let worker = leastLoaded()
    if worker.reactor === reactor {
      worker.adopt(socket, peer: peer, handler: puller?.handler, hasWaited: hasWaited)
    } else {
      let descriptor = socket.release()
      worker.reactor.execute { worker.adopt(OwnedDescriptor(descriptor), peer: peer, handler: puller?.handler, hasWaited: hasWaited) }
    }
    puller?.continuation.resume()
  }

  /// The worker with the fewest connections: assigned ones count at once, though their worker has not seen them yet.
  private func leastLoaded() -> Worker {
    guard workers.count > 1 else { return workers[0] }
    var best = 0
    var bestLoad = Int.max
    for (index, worker) in workers.enumerated() {
      let load = max(worker.counters.open.read(), worker.counters.open.read() + assignedCounts[index] - worker.counters.accepted.read())
      if load < bestLoad { (best, bestLoad) = (index, load) }
    }
    assignedCounts[best] += 1
    return workers[best]
  }

  /// Whether to go on with the next connection after accept4(2) failed.
  private func acceptFailed(_ error: Errno) -> Bool {
    switch error {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory:
      backoff = min(max(backoff * 2, Self.firstBackoff), Self.lastBackoff)
      shutGate(because: "accept: \(error)")
      return false
    case .badFileDescriptor, .invalidArgument, .notSocket, .notSupported:
      logger.critical("accepting failed", metadata: ["error": "\(error)"])
      let failed = pullers
      pullers = []
      for puller in failed { puller.continuation.resume(throwing: ServerError.acceptFailed(error)) }
      backoff = Self.lastBackoff
      shutGate(because: "accept: \(error)")
      return false
    default:
      // ECONNABORTED, EPROTO, ENETDOWN and their kin (accept(2)) are about the connection, which is gone: on to the
      // next.
      return true
    }
  }

  // MARK: The gate

  /// Connections and requests for which room is reserved now. From any thread.
  var reservationCount: Int { workers.reduce(handedOver.read()) { $0 + $1.counters.reservationBalance.read() } }

  /// Whether there is room for one more; what there is to do when not is done.
  private func admits(assuming assumed: Int) -> Bool {
    let room =
      gate.connectionCount < maxConnections
      ? budget.admit(assuming: assumed, reservations: { reservationCount }, now: reactor.now) : .none
    if room != .enough { wait(for: room) }
    return room == .enough
  }

  private func room(assuming assumed: Int) -> DescriptorBudget.Room {
    gate.connectionCount < maxConnections ? budget.room(assuming: assumed, reservations: reservationCount) : .none
  }

  private func wait(for room: DescriptorBudget.Room) {
    switch room {
    case .enough: return
    case .none: shutGate(because: "no room for a request's descriptors")
    case .promised: awaitReservations()
    }
  }

  /// Leaves the next connections in the queue until those that came just now have used what was reserved for them, or
  /// have not: a matter of turns. Answers do not end their connections, and nothing is logged.
  private func awaitReservations() {
    awaitsReservations = true
    rearm()
    watchForRoom()
    for worker in workers {
      if worker.reactor === reactor { worker.lapseReservations() } else { worker.reactor.execute { worker.lapseReservations() } }
    }
  }

  private func shutGate(because reason: String) {
    awaitsReservations = false
    if !gate.isShut {
      gate.setShut(true)
      rearm()
      episode.begin(because: reason, now: reactor.now, numbers, logger)
    }
    shedWhileSomebodyWaits()
    watchForRoom()
  }

  private var numbers: GateEpisode.Numbers {
    GateEpisode.Numbers(openDescriptors: ProcessDescriptors.openCount(), limit: budget.limit, connections: gate.connectionCount)
  }

  private func watchForRoom() {
    // Whoever is to tell of it may outlive the server, and must not keep its thread's descriptors open.
    let look: @Sendable () -> Void = { [weak self] in
      self?.reactor.execute { [weak self] in
        self?.awaitsClose = false
        self?.lookAgain()
      }
    }
    // With a backoff it is the kernel that is short, not this process: only time tells.
    if backoff == 0, !awaitsClose {
      awaitsClose = true
      DescriptorWatch.onNextClose(look)
      gate.onNextRoom(look)
    }
    reactor.cancelTimer(recheck)
    recheck = reactor.setTimer(after: max(backoff, awaitsReservations ? ReservedRoom.term / 2 : Self.recheckMilliseconds), self)
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    recheck = .none
    // Nothing was given back for a while: an idle connection is worth less than one that waits.
    if awaitsReservations { shedWhileSomebodyWaits() }
    if gate.isShut || awaitsReservations { lookAgain() } else { episode.end(now: reactor.now, numbers, logger) }
    rearm()
  }

  private func lookAgain() {
    guard gate.isShut || awaitsReservations, !isClosed else { return }
    let room = room(assuming: roomWaiters.map(\.assumed).min() ?? assumedDescriptors ?? 0)
    if room == .none { return shutGate(because: "no room for a request's descriptors") }
    gate.setShut(false)
    awaitsReservations = false
    if room == .promised { return awaitReservations() }
    reactor.cancelTimer(recheck)
    recheck = reactor.setTimer(after: GateEpisode.rest, self)
    let ready = roomWaiters.filter { self.room(assuming: $0.assumed) == .enough }
    roomWaiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
    for waiter in ready { waiter.continuation.resume() }
    rearm()
  }

  private func shedWhileSomebodyWaits() {
    guard Syscalls.isAnyReadable(watches.map(\.descriptor)) else { return }
    let byLoad = workers.sorted { $0.counters.open.read() > $1.counters.open.read() }
    shed(from: byLoad[...])
  }

  private func shed(from candidates: ArraySlice<Worker>) {
    guard let worker = candidates.first else { return }
    if worker.reactor === reactor {
      if !worker.shedLongestIdle() { shed(from: candidates.dropFirst()) }
    } else {
      let rest = candidates.dropFirst()
      worker.reactor.execute { [self] in
        if !worker.shedLongestIdle() { onReactor { $0.shed(from: rest) } }
      }
    }
  }
}
