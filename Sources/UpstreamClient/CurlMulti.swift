// libcurl's multi-socket interface (libcurl-multi(3)) on a reactor: libcurl says which sockets it wants watched and
// when it wants to be woken, the reactor says what became ready.
//
// libcurl must not be entered from its own callbacks. So a timer of zero waits for the end of the turn, and so does
// readiness that comes up while libcurl is running. Continuations that a callback resumes run in a later job.

import CCurl
import Reactor
import Synchronization
import SystemPackage

/// All transfers of one reactor: connections kept and shared between them. Confined to the reactor's thread, hence
/// `@unchecked Sendable`.
final class CurlMulti: TimerTarget, TurnEndTarget, @unchecked Sendable {
  private let reactor: Reactor
  private let limits: UpstreamClient.Limits
  let places: UpstreamPlaces
  /// Whether the reactor has been asked to close what is kept, and has not done so yet. From any thread.
  let isAskedToClose = Atomic<Bool>(false)
  private var handle: UnsafeMutableRawPointer?
  private var keptConnections = 0
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var sockets: [Int32: CurlSocket] = [:]
  /// The sockets of all connections, those that are kept included.
  private var connections: Set<Int32> = []

  private var timer = TimerID.none
  private var idleTimer = TimerID.none
  private var isTimeoutDue = false
  private var isTurnEndAsked = false
  private var isInsideCurl = false
  private var deferredEvents: [(descriptor: Int32, readiness: Readiness)] = []
  /// Transfers that a callback found wanting, where libcurl cannot be told so.
  private var condemned: [CurlTransfer] = []

  init(reactor: Reactor, limits: UpstreamClient.Limits) {
    self.reactor = reactor
    self.limits = limits
    places = UpstreamPlaces(limit: limits.connectionsPerHost)
  }

  // MARK: Transfers

  /// Starts a transfer. The delegate is retained until it has heard `curlFinished`.
  func start(_ request: UpstreamRequest, _ delegate: any CurlTransferDelegate) throws(UpstreamError) -> CurlTransfer {
    let upstream = request.origin
    guard let handle = handle ?? makeHandle(), let transfer = CurlTransfer(upstream: upstream, multi: self, delegate: delegate) else {
      throw .other(upstream: upstream, reason: "libcurl is out of memory")
    }
    try configure(transfer, request)
    if request.keepsConnection { keep(limits.idleConnections) }
    transfers[transfer.easy] = transfer
    isInsideCurl = true
    let code = ccurl_multi_add_handle(handle, transfer.easy)
    isInsideCurl = false
    guard code == CURLM_OK else {
      transfers[transfer.easy] = nil
      throw .other(upstream: upstream, reason: "libcurl takes no transfer (code \(code.rawValue))")
    }
    reactor.cancelTimer(idleTimer)
    return transfer
  }

  /// Ends a transfer whose delegate wants to hear no more of it. Ended ones are ignored.
  func cancel(_ transfer: CurlTransfer) {
    guard transfers[transfer.easy] === transfer else { return }
    remove(transfer)
    transfer.delegate = nil
  }

  /// Ends a transfer once libcurl has been left. From within its callbacks.
  func condemn(_ transfer: CurlTransfer) { condemned.append(transfer) }

  /// Closes the connections that are kept: those that are in use, once they are not.
  func closeIdleConnections() {
    if transfers.isEmpty { return closeHandle() }
    for transfer in transfers.values { transfer.forbidReuse() }
    // Each that ends takes one of the others with it.
    keep(1)
  }

  private func keep(_ connections: Int) {
    guard let handle, keptConnections != connections else { return }
    keptConnections = connections
    _ = ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, connections)
  }

  /// Ends every transfer and closes every connection.
  func shutDown(_ failure: UpstreamError = .cancelled) {
    for transfer in places.removeWaiting() { transfer.curlFinished(failure) }
    for transfer in Array(transfers.values) { finish(transfer, failure) }
    closeHandle()
  }

  private func finish(_ transfer: CurlTransfer, _ failure: UpstreamError?) {
    let delegate = transfer.delegate
    transfer.delegate = nil
    remove(transfer)
    delegate?.curlFinished(failure)
  }

  private func remove(_ transfer: CurlTransfer) {
    precondition(!isInsideCurl, "a transfer ends inside libcurl")
    transfers[transfer.easy] = nil
    isInsideCurl = true
    if let handle { _ = ccurl_multi_remove_handle(handle, transfer.easy) }
    isInsideCurl = false
    // The resolver's own pair of sockets closes without a callback.
    DescriptorWatch.descriptorClosed()
    if transfers.isEmpty { idleTimer = reactor.setTimer(after: limits.idleLifetime, self) }
  }

  // MARK: The multi handle

  private func makeHandle() -> UnsafeMutableRawPointer? {
    guard let handle = ccurl_multi_init() else { return nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, context)
    _ = ccurl_multi_set_socket_function(handle) { _, socket, what, context, _ in
      Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().watch(socket, what)
      return 0
    }
    _ = ccurl_multi_set_pointer(handle, CURLMOPT_TIMERDATA, context)
    _ = ccurl_multi_set_timer_function(handle) { _, milliseconds, context in
      Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().setTimer(milliseconds)
      return 0
    }
    self.handle = handle
    keptConnections = 0
    keep(limits.idleConnections)
    return handle
  }

  private func closeHandle() {
    reactor.cancelTimer(timer)
    reactor.cancelTimer(idleTimer)
    isTimeoutDue = false
    guard let handle else { return }
    isInsideCurl = true
    _ = ccurl_multi_cleanup(handle)
    isInsideCurl = false
    self.handle = nil
    for socket in sockets.values { reactor.deregister(socket.descriptor) }
    sockets = [:]
  }

  private func perform(_ socket: Int32, _ events: Int32) {
    guard let handle else { return }
    var running: Int32 = 0
    isInsideCurl = true
    let code = ccurl_multi_socket_action(handle, socket, events, &running)
    isInsideCurl = false
    guard code == CURLM_OK || code == CURLM_BAD_SOCKET else {
      // Out of memory, or a defect of libcurl: no transfer of this handle can be trusted to go on.
      return shutDown(.other(upstream: "libcurl", reason: "libcurl gives up (code \(code.rawValue))"))
    }
    for transfer in condemned where transfers[transfer.easy] === transfer { finish(transfer, .cancelled) }
    condemned = []
    var result = CURLE_OK
    while let handle = self.handle, let easy = ccurl_multi_next_done(handle, &result) {
      guard let transfer = transfers[easy] else { continue }
      finish(transfer, failure(result, transfer))
    }
  }

  // MARK: Readiness and time

  private func watch(_ descriptor: Int32, _ what: Int32) {
    let interest: Readiness =
      switch what {
      case CURL_POLL_IN: .readable
      case CURL_POLL_OUT: .writable
      case CURL_POLL_INOUT: [.readable, .writable]
      default: []
      }
    if interest.isEmpty {
      sockets[descriptor] = nil
      reactor.deregister(descriptor)
    } else if let socket = sockets[descriptor] {
      guard socket.interest != interest else { return }
      socket.interest = interest
      reactor.setInterest(interest, of: descriptor)
    } else {
      let socket = CurlSocket(descriptor, interest, self)
      // ENOSPC and ENOMEM at worst. The transfer then hears of nothing and ends by its timeouts.
      guard (try? reactor.register(descriptor, interest, socket)) != nil else { return }
      sockets[descriptor] = socket
    }
  }

  fileprivate func ready(_ socket: CurlSocket, _ readiness: Readiness) {
    if isInsideCurl {
      deferredEvents.append((socket.descriptor, readiness))
      return askForTurnEnd()
    }
    var events: Int32 = 0
    // A broken socket is readable and writable: recv(2) and send(2) tell libcurl more than an error bit would, and what
    // arrived before the break is not lost.
    let isBroken = !readiness.isDisjoint(with: [.hungUp, .failed])
    if readiness.contains(.readable) || isBroken && socket.interest.contains(.readable) { events |= CURL_CSELECT_IN }
    if readiness.contains(.writable) || isBroken && socket.interest.contains(.writable) { events |= CURL_CSELECT_OUT }
    perform(socket.descriptor, events)
  }

  private func setTimer(_ milliseconds: Int) {
    reactor.cancelTimer(timer)
    timer = .none
    isTimeoutDue = milliseconds == 0
    if milliseconds == 0 {
      askForTurnEnd()
    } else if milliseconds > 0 {
      // The reactor counts from the start of its turn, libcurl from now: one more, so that it is never too early.
      timer = reactor.setTimer(after: Milliseconds(milliseconds) + 1, self)
    }
  }

  private func askForTurnEnd() {
    guard !isTurnEndAsked else { return }
    isTurnEndAsked = true
    reactor.atEndOfTurn(self)
  }

  func turnEnded(on reactor: Reactor) {
    isTurnEndAsked = false
    let events = deferredEvents
    deferredEvents = []
    for event in events {
      if let socket = sockets[event.descriptor] { ready(socket, event.readiness) }
    }
    guard isTimeoutDue else { return }
    isTimeoutDue = false
    perform(CURL_SOCKET_BAD, 0)
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    if timer == self.timer {
      self.timer = .none
      perform(CURL_SOCKET_BAD, 0)
    } else if timer == idleTimer, transfers.isEmpty {
      // No fetch is under way: the kept connections' descriptors go back to the budget.
      closeHandle()
    }
  }

  func opened(_ descriptor: Int32) { connections.insert(descriptor) }

  /// Whether bytes wait on the connection from this port: libcurl does not tell its socket before it has been used. An
  /// end, or an error, is no better.
  func hasUnaskedBytes(localPort: Int) -> Bool {
    guard let socket = connections.first(where: { (try? Syscalls.localAddress($0))?.port == localPort }) else { return false }
    do throws(Errno) { return try Syscalls.peek(socket) != nil } catch { return true }
  }

  func closing(_ descriptor: Int32) {
    connections.remove(descriptor)
    sockets[descriptor] = nil
    reactor.deregister(descriptor)
    OwnedDescriptor(descriptor).close()
  }
}

/// A socket of libcurl's that the reactor watches.
private final class CurlSocket: EventHandler {
  let descriptor: Int32
  var interest: Readiness
  private unowned let multi: CurlMulti

  init(_ descriptor: Int32, _ interest: Readiness, _ multi: CurlMulti) {
    self.descriptor = descriptor
    self.interest = interest
    self.multi = multi
  }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) { multi.ready(self, readiness) }
}
