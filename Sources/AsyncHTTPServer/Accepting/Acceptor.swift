// The one place that accepts. It takes the permit before the connection: no accept4(2) without room for what the
// request will need, and room that was promised to one connection is not promised to the next (ReservedRoom.swift).
// AdmissionGate decides, and this performs: with the gate shut no listener is watched, so the loop does not spin;
// idle connections are closed, longest idle first, while a client waits; the first descriptor that closes
// has the gate asked again.
//
//   AdmissionGate      open, promised or shut; back-off and episodes
//   AdmissionQueue     callers of acceptRequest and descriptorAvailable
//   ListenerWatch      one listening socket
//   WorkerChoice       where a connection goes
//   AdmissionSignals   what workers and the acceptor tell each other across threads

import Glibc
import Logging
import Reactor
import SystemPackage

/// Confined to its reactor's thread, which is what makes it Sendable.
final class Acceptor: TimerTarget, @unchecked Sendable {
  /// A caller that waits for one connection, and the handler that is to have it.
  private struct Puller {
    let handler: HandlerBox
    let continuation: UnsafeContinuation<Void, any Error>
  }

  let reactor: Reactor
  private let workers: [Worker]
  private let signals: AdmissionSignals
  private let budget: DescriptorBudget
  private var logger: Logger
  private var maxConnections: Int
  private var watches: [ListenerWatch] = []

  private var gate = AdmissionGate()
  private var queue = AdmissionQueue<Puller, UnsafeContinuation<Void, any Error>>()
  /// While set, connections are accepted as they come, each with this much room.
  private var assumedDescriptors: Int?
  @exclusivity(unchecked) private var choice: WorkerChoice
  /// Connections handed to workers so far: each came with a reservation.
  private let handedOver = Counter()
  private let episodes = Counter()
  /// Times the gate has shut. From any thread.
  var gateClosures: Int { episodes.read() }

  private var recheck = TimerID.none
  /// The next close is watched for already.
  private var awaitsClose = false
  private var isClosed = false

  /// Connections taken in one turn from a crowded listener; the rest of the queue waits while those already here are
  /// served. From any other just one, since a second call would find nothing more often than not.
  private static let acceptsPerTurn = 64

  init(reactor: Reactor, workers: [Worker], signals: AdmissionSignals, budget: DescriptorBudget, maxConnections: Int?, logger: Logger) {
    self.reactor = reactor
    self.workers = workers
    self.signals = signals
    self.budget = budget
    self.maxConnections = maxConnections ?? Int.max
    self.logger = logger
    choice = WorkerChoice(workers)
  }

  func use(maxConnections: Int?, logger: Logger) {
    self.maxConnections = maxConnections ?? Int.max
    self.logger = logger
  }

  // MARK: Listeners

  /// Listens on a socket, whose requests `handler` answers if there is one.
  func add(_ socket: consuming ListeningSocket, handler: HandlerBox?) {
    // Closed meanwhile: the socket closes with the last look at it.
    if isClosed { return }
    watches.append(ListenerWatch(socket, handler: handler, self))
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

  /// Stops listening everywhere. All who wait are thrown `ServerError.serverClosed`.
  func close() {
    isClosed = true
    assumedDescriptors = nil
    for watch in watches { reactor.deregister(watch.descriptor) }
    watches = []
    reactor.cancelTimer(recheck)
    let waiting = queue.takePullers().map(\.continuation) + queue.takeRoomWaiters()
    for continuation in waiting { continuation.resume(throwing: ServerError.serverClosed) }
  }

  /// Watches the listeners where connections are wanted and the gate is open, and no others.
  private func rearm() {
    let wanted = wantsConnections && gate.isOpen
    for watch in watches where watch.isArmed != wanted { arm(watch, wanted) }
  }

  /// When the kernel refuses to watch a listener it is asked again: its clients would wait for ever otherwise.
  private func arm(_ watch: ListenerWatch, _ wanted: Bool) {
    let wasFailing = watch.isFailing
    do throws(Errno) {
      try watch.arm(wanted, on: reactor)
    } catch {
      if !wasFailing {
        logger.critical("cannot watch a listener", metadata: ["address": "\(watch.socket.localAddress)", "error": "\(error)"])
      }
      if recheck == .none { recheck = reactor.setTimer(after: AdmissionGate.recheckInterval, self) }
    }
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
    queue.append(puller: Puller(handler: handler, continuation: continuation), id: id)
    rearm()
  }

  /// Resumes once the rule holds with `assumed`.
  func awaitRoom(id: UInt64, assuming assumed: Int, _ continuation: UnsafeContinuation<Void, any Error>) {
    if isClosed { return continuation.resume(throwing: ServerError.serverClosed) }
    let room = room(assuming: assumed)
    if room == .enough { return continuation.resume() }
    queue.append(roomWaiter: continuation, id: id, assuming: assumed)
    perform(gate.measured(room, now: reactor.now))
  }

  /// Takes back a `pull` or `awaitRoom` whose task was cancelled.
  func withdraw(id: UInt64) {
    let withdrawn = queue.withdraw(id: id)
    for continuation in withdrawn.pullers.map(\.continuation) + withdrawn.roomWaiters { continuation.resume(throwing: CancellationError()) }
    rearm()
  }

  private var wantsConnections: Bool { assumedDescriptors != nil || !queue.hasNoPuller }

  // MARK: Accepting

  func connectionsWait(on watch: ListenerWatch) {
    let isCrowded = watch.isCrowded
    var left = isCrowded ? Self.acceptsPerTurn : 1
    while wantsConnections, !gate.isShut {
      // A caller that pulls has asked shouldAcceptRequest, or has chosen not to. Asked after the last as well: the gate
      // shuts with the connection that takes the last room.
      if queue.hasNoPuller, let assumedDescriptors, !admits(assuming: assumedDescriptors) { break }
      guard left > 0 else { break }
      left -= 1
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(watch.descriptor) else {
          watch.queueIsEmpty()
          break
        }
        gate.connectionAccepted()
        let peer = accepted.peer
        hand(accepted.takeDescriptor(), peer, watch.context, hasWaited: isCrowded)
      } catch {
        if !goesOn(after: error) { break }
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
  private func takeQueue(of watch: ListenerWatch) {
    guard queue.hasNoPuller, let assumedDescriptors else { return }
    while !gate.isShut, room(assuming: assumedDescriptors) != .none {
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(watch.descriptor) else { return }
        let peer = accepted.peer
        hand(accepted.takeDescriptor(), peer, watch.context, hasWaited: true)
      } catch {
        if !goesOn(after: error) { return }
      }
    }
  }

  /// Gives a connection to a worker; one that has waited has brought its request, probably.
  private func hand(_ socket: consuming OwnedDescriptor, _ peer: SocketAddress, _ listener: ListenerContext, hasWaited: Bool) {
    signals.connectionBegan()
    handedOver.add()
    let puller = queue.takePuller()
    let handler = listener.handler ?? puller?.handler
    let worker = choice.next()
    if worker.reactor === reactor {
      worker.adopt(socket, peer: peer, listener: listener, handler: handler, hasWaited: hasWaited)
    } else {
      let descriptor = socket.release()
      worker.reactor.execute {
        worker.adopt(OwnedDescriptor(descriptor), peer: peer, listener: listener, handler: handler, hasWaited: hasWaited)
      }
    }
    puller?.continuation.resume()
  }

  /// Whether to go on with the next connection after accept4(2) failed.
  private func goesOn(after error: Errno) -> Bool {
    switch AdmissionGate.AcceptFailure(error) {
    case .connection: return true
    case .resources: break
    case .listener:
      logger.critical("accepting failed", metadata: ["error": "\(error)"])
      for puller in queue.takePullers() { puller.continuation.resume(throwing: ServerError.acceptFailed(error)) }
    }
    perform(gate.acceptFailed(error, now: reactor.now))
    return false
  }

  // MARK: The gate

  /// Connections and requests for which room is reserved now. From any thread.
  var reservationCount: Int { workers.reduce(handedOver.read()) { $0 + $1.counters.reservationBalance.read() } }

  /// Whether one more connection fits. Where it does not, what the gate says is done.
  private func admits(assuming assumed: Int) -> Bool {
    let room =
      signals.connectionCount < maxConnections
      ? budget.admit(assuming: assumed, reservations: { reservationCount }, now: reactor.now) : .none
    if room == .enough { return true }
    perform(gate.measured(room, now: reactor.now))
    return false
  }

  private func room(assuming assumed: Int) -> DescriptorBudget.Room {
    signals.connectionCount < maxConnections ? budget.room(assuming: assumed, reservations: reservationCount) : .none
  }

  private func perform(_ steps: AdmissionGate.Steps) {
    signals.set(gate.phase)
    rearm()
    if let episode = steps.episode {
      if case .began = episode { episodes.add() }
      episode.log(numbers, to: logger)
    }
    if steps.shedsIdleConnection { shedIfClientWaits() }
    if steps.watchesForRoom { watchForRoom() }
    if steps.lapsesReservations { lapseReservations() }
    if steps.admitsWaiters { admitWaiters() }
  }

  private var numbers: AdmissionGate.EpisodeEvent.Numbers {
    .init(openDescriptors: ProcessDescriptors.openCount(), limit: budget.limit, connections: signals.connectionCount)
  }

  private func watchForRoom() {
    // What calls it may outlive the server, and must not keep its thread's descriptors open.
    let look: @Sendable () -> Void = { [weak self] in
      self?.reactor.execute { [weak self] in
        self?.awaitsClose = false
        self?.roomMayHaveCome()
      }
    }
    if !gate.onlyTimeTells, !awaitsClose {
      awaitsClose = true
      DescriptorWatch.onNextClose(look)
      signals.onNextRoom(look)
    }
    setRecheck(after: gate.recheckDelay)
  }

  private func setRecheck(after delay: Milliseconds) {
    reactor.cancelTimer(recheck)
    recheck = reactor.setTimer(after: delay, self)
  }

  private func lapseReservations() {
    for worker in workers {
      if worker.reactor === reactor { worker.lapseReservations() } else { worker.reactor.execute { worker.lapseReservations() } }
    }
  }

  private func admitWaiters() {
    setRecheck(after: AdmissionGate.rest)
    for continuation in queue.takeAdmitted({ room(assuming: $0) }) { continuation.resume() }
    rearm()
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    recheck = .none
    if gate.shedsBeforeRecheck { shedIfClientWaits() }
    perform(gate.recheck(now: reactor.now) { roomForNext })
  }

  private func roomMayHaveCome() {
    if isClosed || gate.isOpen { return }
    perform(gate.roomMayHaveCome(roomForNext, now: reactor.now))
  }

  /// What is measured for the caller that assumes least.
  private var roomForNext: DescriptorBudget.Room { room(assuming: queue.leastAssumption ?? assumedDescriptors ?? 0) }

  // MARK: Room from idle connections

  private func shedIfClientWaits() {
    guard Syscalls.isAnyReadable(watches.map(\.descriptor)) else { return }
    shed(from: choice.byLoad[...])
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
