// One accepted connection: its socket, its place in the protocol, its deadline. What it reads is in
// ConnectionInput.swift, what it writes in ConnectionOutput.swift.

import HTTPCore
import Logging
import Reactor
import SystemPackage

/// Confined to the thread of its worker's reactor, hence `@exclusivity(unchecked)` as in `Reactor`. Small while idle:
/// no buffer, no exchange, no parser.
final class Connection: EventHandler, TimerTarget, TurnEndTarget {
  /// What the connection waits for, and what becomes of it when that does not come.
  enum Deadline {
    case none
    /// The next request: close.
    case idle
    /// The rest of a head: 408.
    case head
    /// More of a body: 408.
    case body
    /// The client to take what is queued: reset.
    case write
    /// The handler's answer: 503.
    case handler
    /// The handler's answer to a client that has closed its side: given up.
    case farewell
    /// The end of a client that was told to go: close.
    case linger
  }

  /// A parser, and the octets of a head that has not arrived whole.
  final class HeadReader {
    @exclusivity(unchecked) var parser: HeadParser
    var bytes: [UInt8] = []

    init(limits: HeadLimits) { parser = HeadParser(limits: limits) }
  }

  let worker: Worker
  let peer: SocketAddress
  let listener: ListenerContext
  /// The handler of the listener, or the one that came with `acceptRequest`; the worker's own serves otherwise.
  let ownHandler: HandlerBox?
  private var socket: OwnedDescriptor?
  let descriptor: Int32

  @exclusivity(unchecked) var state = ConnectionState()
  @exclusivity(unchecked) var output = OutputQueue()
  /// Read but not processed yet: what follows the request being answered.
  @exclusivity(unchecked) var pending: [UInt8] = []
  /// The beginning of a head.
  var partialHead: HeadReader?
  var exchange: Exchange?

  var interest = Readiness.input
  private var isWatched = false
  var isFlushScheduled = false
  /// What was read just now is being answered.
  var isAnsweringRead = false
  var isSendingShut = false
  /// The client has shut its sending side, or closed altogether.
  var peerHasStopped = false
  private var lingeringBytes = 0
  /// How far the exchange was when a client that has closed its side was given its last moment.
  var farewellMark: Int64 = 0
  /// The descriptors set aside for what the next answer may need.
  @exclusivity(unchecked) var reservation: ReservedRoom.Generation
  private var hasServed = false
  /// Since when there has been no exchange, on the reactor's clock.
  private(set) var idleSince: Milliseconds

  private var deadlineKind = Deadline.none
  private var deadline: Milliseconds = 0
  private var timer = TimerID.none
  /// When the timer fires; never without one.
  private var timerDeadline = Milliseconds.max

  /// How long a new connection may be silent before it counts as idle, and once the server drains.
  private static let newcomerGrace: Milliseconds = 1000
  /// How long a client may be silent after its last answer, how long it is listened to in all, and the most it may
  /// send: enough to receive the answer before a reset, and to finish an upload that was refused with the whole of it
  /// on its way.
  private static let lingerTimeout: Milliseconds = 2000
  private static let maxLingerTime: Milliseconds = 30_000
  private static let maxLingerBytes = 64 << 20

  var reactor: Reactor { worker.reactor }
  var isOpen: Bool { socket != nil }

  init(worker: Worker, socket: consuming OwnedDescriptor, peer: SocketAddress, listener: ListenerContext, handler: HandlerBox?) {
    self.worker = worker
    self.peer = peer
    self.listener = listener
    ownHandler = handler
    descriptor = socket.rawValue
    self.socket = consume socket
    idleSince = worker.now
    reservation = worker.takeReservation()
  }

  /// Begins to watch the socket. The request of one that has waited in the listener's queue is there already, as a
  /// rule: it is answered first, and only a connection that lives on is watched.
  func open(hasWaited: Bool) {
    if hasWaited { receive() }
    guard isOpen else { return }
    // A new connection speaks soon or is not worth its descriptor.
    if isIdle, !hasServed { setDeadline(.idle, after: worker.settings.headTimeout) }
    do throws(Errno) {
      try reactor.register(descriptor, interest, self)
      isWatched = true
    } catch {
      worker.counters.refused.add()
      worker.settings.logger.error("connection dropped: epoll_ctl", metadata: ["error": "\(error)", "peer": "\(peer)"])
      abort()
    }
  }

  // MARK: Events

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    if readiness.contains(.failed) || readiness.contains(.hungUp), !readiness.contains(.readable) { return abort() }
    if readiness.contains(.writable) { flush() }
    guard isOpen else { return }
    if readiness.contains(.readable) {
      receive()
    } else if readiness.contains(.peerClosed) {
      peerStoppedSending()
    }
  }

  /// What the answer needs is open, or nothing will be: from here on the kernel's count is right about this connection.
  func giveBackReservation() {
    if reservation != .none { worker.giveBack(&reservation) }
  }

  func setInterest(_ wanted: Readiness) {
    guard wanted != interest, isOpen else { return }
    interest = wanted
    if isWatched { reactor.setInterest(wanted, of: descriptor) }
  }

  // MARK: Idleness

  var isIdle: Bool { isOpen && state.isIdle && exchange == nil && partialHead == nil && pending.isEmpty && output.isEmpty }

  func becomeIdle() {
    if !hasServed { worker.counters.kept.add() }
    hasServed = true
    idleSince = worker.now
    setDeadline(.idle, after: worker.settings.keepAliveTimeout)
  }

  /// Whether the connection may be closed to make room. One that was accepted just now is about to ask, and its client
  /// (a proxy, say) would take a close for a failure of the server; on one it has used before it knows that a close may
  /// cross its request. One that lingers has had its last answer.
  var isSheddable: Bool { isSendingShut || (isIdle && (hasServed || worker.now - idleSince > Self.newcomerGrace)) }

  /// Closes an idle connection to make room, unless a request has just arrived on it.
  func shed() -> Bool {
    if isSendingShut {
      close()
      return true
    }
    guard isIdle, (try? Syscalls.peek(descriptor)) ?? nil == nil else { return false }
    close()
    return true
  }

  /// Takes no further exchange; closes once the one in hand is answered.
  func drain() {
    state.forbidPersistence()
    exchange?.serverDrains()
    // A request that has begun to arrive is still answered.
    guard isIdle, (try? Syscalls.peek(descriptor)) ?? nil == nil else { return }
    if hasServed { return close() }
    // One that was accepted just now is about to ask: its first request may be on its way.
    if deadline > worker.now + Self.newcomerGrace { setDeadline(.idle, after: Self.newcomerGrace) }
  }

  // MARK: Deadlines

  func setDeadline(_ kind: Deadline, after delay: Milliseconds) {
    // It may have ended in what came before: the kernel refused to change what it is watched for.
    guard isOpen else { return }
    deadlineKind = kind
    deadline = worker.now + delay
    // The timer that is set already serves when it fires earlier: it will look at the deadline then.
    if timerDeadline <= deadline { return }
    reactor.cancelTimer(timer)
    timerDeadline = deadline
    timer = reactor.setTimer(at: deadline, self)
  }

  func clearDeadline() { deadlineKind = .none }

  var currentDeadline: Deadline { deadlineKind }

  /// How long the deadline in force has yet to run.
  var timeLeft: Milliseconds { deadline > worker.now ? deadline - worker.now : 0 }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    self.timer = .none
    timerDeadline = .max
    guard deadlineKind != .none else { return }
    guard deadline <= worker.now else {
      timerDeadline = deadline
      self.timer = reactor.setTimer(at: deadline, self)
      return
    }
    deadlineExpired()
  }

  private func deadlineExpired() {
    let kind = deadlineKind
    deadlineKind = .none
    switch kind {
    case .none: break
    case .idle, .linger: close()
    case .head:
      worker.counters.timeouts.add()
      let read = partialHead?.bytes ?? []
      read.withUnsafeBytes { reject(status: 408, reason: "the request head did not arrive in time", read: $0) }
    case .body:
      worker.counters.timeouts.add()
      if let exchange { exchange.bodyTimedOut() } else { abort() }
    case .write:
      worker.counters.timeouts.add()
      reset()
    case .handler:
      worker.counters.timeouts.add()
      exchange?.handlerTimedOut()
    case .farewell: farewellExpired()
    }
  }

  func linger() {
    if !isSendingShut {
      isSendingShut = true
      // ENOTCONN: the client is gone, and the next read says so.
      try? Syscalls.shutdownSending(descriptor)
      idleSince = worker.now
      setDeadline(.linger, after: Self.lingerTimeout)
    }
    setInterest([.readable])
  }

  /// As much unread input as the server takes.
  func dropped(_ count: Int) {
    // What comes before the answer is sent must not cut it short.
    guard isSendingShut else { return }
    lingeringBytes += count
    let timeLeft = idleSince + Self.maxLingerTime - worker.now
    if lingeringBytes > Self.maxLingerBytes || timeLeft <= 0 { return close() }
    setDeadline(.linger, after: min(Self.lingerTimeout, timeLeft))
  }

  // MARK: Ending

  /// Ends the connection in good order: everything is sent.
  func close() {
    guard isOpen else { return }
    reactor.deregisterClosing(descriptor)
    leave()
    socket = nil
    worker.connectionDidEnd(descriptor)
  }

  /// Ends the connection with a reset, so that the client does not take a broken answer for a whole one.
  func reset() {
    guard isOpen else { return }
    try? Syscalls.resetOnClose(descriptor)
    close()
  }

  /// Breaks an answer off: what is queued of it goes out as far as the socket takes it, so that the client sees an
  /// answer that ends too soon and not none at all. Then the reset.
  func breakOff() {
    guard isOpen else { return }
    var sent = 0
    if !output.isEmpty { _ = try? output.send(to: descriptor, count: &sent) }
    worker.counters.sentBytes.add(sent)
    reset()
  }

  /// Ends the connection because the other side has, or the server does. An answer that was under way is cut short
  /// visibly.
  func abort() {
    if output.isEmpty && exchange?.answer.isStreaming != true { close() } else { reset() }
  }

  private func leave() {
    giveBackReservation()
    reactor.cancelTimer(timer)
    timer = .none
    timerDeadline = .max
    deadlineKind = .none
    output.removeAll()
    pending = []
    partialHead = nil
    let ended = exchange
    exchange = nil
    ended?.connectionDidEnd()
  }

  /// Gives the socket away: the connection ends, the socket lives.
  func giveAway() -> TakenConnection {
    let unread = pending
    reactor.deregister(descriptor)
    leave()
    // An open connection has its socket; the caller has checked.
    let taken = TakenConnection(worker: worker, socket: socket.take()!, unread: unread, peer: peer)
    if taken.isOpen { worker.register(taken) }
    worker.connectionDidEnd(descriptor)
    return taken
  }
}
