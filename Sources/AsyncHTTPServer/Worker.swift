// One reactor's share of a server: its connections, its copy of everything a request needs, its buffers.

import HTTPCore
import Logging
import Reactor

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
  let accessLog: AccessLog?
  let logger: Logger

  init(_ configuration: ServerConfiguration) {
    headLimits = HeadLimits(
      requestLine: configuration.maxRequestLineSize, head: configuration.maxHeadSize, fields: configuration.maxFieldCount)
    maxBodySize = configuration.maxBodySize
    headTimeout = configuration.headTimeout.inMilliseconds
    bodyTimeout = configuration.bodyTimeout.inMilliseconds
    keepAliveTimeout = configuration.keepAliveTimeout.inMilliseconds
    writeTimeout = configuration.writeTimeout.inMilliseconds
    handlerTimeout = configuration.handlerTimeout?.inMilliseconds
    trustedProxies = configuration.trustedProxies
    accessLog = configuration.accessLog
    logger = configuration.logger
  }
}

/// Confined to its reactor's thread, but for what is `let` and Sendable; that is what makes it Sendable.
final class Worker: @unchecked Sendable {
  let reactor: Reactor
  let counters = WorkerCounters()
  let gate: AcceptGate

  private(set) var settings: WorkerSettings
  private(set) var handler: HandlerBox?
  var parser: HeadParser
  private(set) var accessLog: AccessLogBuffer?
  /// The one object through which immediate answers are written, used again for each.
  private(set) lazy var immediateResponse = ImmediateResponse(worker: self)

  private var connections: [Connection?] = []
  private var takenOver: [ObjectIdentifier: TakenConnection] = [:]
  private var connectionCount = 0
  private var runningHandlers = 0
  private var isDraining = false
  private var whenEmpty: [() -> Void] = []

  private var spareBuffers: [[UInt8]] = []
  private var date: [UInt8] = []
  private var dateSeconds: Int64 = -1
  private var idleQueue: [(connection: Connection, since: Milliseconds)] = []

  /// Buffers kept for the next connection that answers: as many as may answer in one turn, none of them large.
  private static let maxSpareBuffers = 64
  private static let maxSpareBufferSize = 65_536

  init(reactor: Reactor, settings: WorkerSettings, gate: AcceptGate) {
    self.reactor = reactor
    self.settings = settings
    self.gate = gate
    parser = HeadParser(limits: settings.headLimits)
    accessLog = settings.accessLog.map { AccessLogBuffer(log: $0, reactor: reactor) }
  }

  /// Requests that begin from now on are served by these.
  func use(_ newSettings: WorkerSettings) {
    if newSettings.accessLog !== settings.accessLog {
      accessLog?.flush()
      accessLog = newSettings.accessLog.map { AccessLogBuffer(log: $0, reactor: reactor) }
    }
    settings = newSettings
    parser = HeadParser(limits: newSettings.headLimits)
  }

  func use(_ newHandler: HandlerBox?) { handler = newHandler }

  // MARK: Connections

  func adopt(_ socket: consuming OwnedDescriptor, peer: SocketAddress, handler: HandlerBox?) {
    counters.accepted.add()
    let connection = Connection(worker: self, socket: socket, peer: peer, handler: handler)
    guard connection.open() else { return }
    let index = Int(connection.descriptor)
    while connections.count <= index { connections.append(nil) }
    connections[index] = connection
    connectionCount += 1
    counters.open.add()
    if isDraining { connection.drain() }
  }

  func connectionDidEnd(_ descriptor: Int32) {
    connections[Int(descriptor)] = nil
    connectionCount -= 1
    counters.open.add(-1)
    gate.connectionEnded()
    announceIfEmpty()
  }

  func register(_ connection: TakenConnection) { takenOver[ObjectIdentifier(connection)] = connection }

  func forget(_ connection: TakenConnection) {
    takenOver[ObjectIdentifier(connection)] = nil
    gate.connectionEnded()
    announceIfEmpty()
  }

  func handlerDidStart() { runningHandlers += 1 }

  func handlerDidEnd() {
    runningHandlers -= 1
    announceIfEmpty()
  }

  // MARK: Ending

  /// Lets exchanges finish and takes no further ones.
  func drain() {
    isDraining = true
    for connection in connections { connection?.drain() }
  }

  /// Ends all connections now, and cancels their handlers.
  func closeAll() {
    isDraining = true
    for connection in connections { connection?.abort() }
    for connection in takenOver.values { connection.close() }
    accessLog?.flush()
  }

  /// Calls `action` once no connection and no handler is left.
  func onceEmpty(_ action: @escaping () -> Void) {
    whenEmpty.append(action)
    announceIfEmpty()
  }

  private func announceIfEmpty() {
    guard connectionCount == 0, takenOver.isEmpty, runningHandlers == 0, !whenEmpty.isEmpty else { return }
    accessLog?.flush()
    let actions = whenEmpty
    whenEmpty = []
    for action in actions { action() }
  }

  /// Closes the connection that has been idle longest; false when none is. The order is found once for many calls, since a
  /// connection that was used in between shows by its time.
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

  /// The Date field's 29 octets for this second.
  func currentDate() -> [UInt8] {
    if dateSeconds != reactor.wallClockSeconds {
      dateSeconds = reactor.wallClockSeconds
      date.removeAll(keepingCapacity: true)
      HTTPDate.format(dateSeconds, into: &date)
    }
    return date
  }

  func takeBuffer() -> [UInt8] { spareBuffers.popLast() ?? [] }

  func recycle(_ buffer: consuming [UInt8]) {
    guard buffer.capacity > 0, buffer.capacity <= Self.maxSpareBufferSize, spareBuffers.count < Self.maxSpareBuffers else { return }
    buffer.removeAll(keepingCapacity: true)
    spareBuffers.append(buffer)
  }
}

/// A handler, and what it can do at once if it can: one reference to hold and to compare.
final class HandlerBox: Sendable {
  let handler: any RequestHandler
  let immediate: (any ImmediateRequestHandler)?

  init(_ handler: any RequestHandler) {
    self.handler = handler
    immediate = handler as? any ImmediateRequestHandler
  }
}
