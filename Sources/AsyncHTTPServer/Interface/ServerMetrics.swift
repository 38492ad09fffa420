// Counters. Each worker writes its own, without a lock or a locked instruction; a reader adds them up.

import Synchronization

/// What a server has done since it was made, and holds now. Counts of different kinds may be a moment apart.
public struct ServerMetrics: Sendable, Equatable {
  /// Connections accepted so far.
  public internal(set) var acceptedConnections = 0
  /// Connections open now.
  public internal(set) var openConnections = 0
  /// Connections that were kept open after an answer, for a further request.
  public internal(set) var keptConnections = 0
  /// Connections that were accepted and then turned away, for want of room for what they would need.
  public internal(set) var refusedConnections = 0
  /// Octets read from connections, all framing included, until a handler takes one over.
  public internal(set) var receivedBytes = 0
  /// Octets written to connections, likewise.
  public internal(set) var sentBytes = 0
  /// Requests whose head was read whole and well-formed.
  public internal(set) var requests = 0
  /// Requests that broke a rule of HTTP or a limit and were answered by the server itself.
  public internal(set) var rejectedRequests = 0
  /// Requests and connections that ran out of time, idle connections not among them.
  public internal(set) var timeouts = 0
  /// Handlers that threw, or ended without an answer.
  public internal(set) var failedHandlers = 0
  /// Idle connections closed early to make room for waiting ones.
  public internal(set) var shedConnections = 0
  /// Times that the process ran out of descriptors for new connections.
  public internal(set) var gateClosures = 0
  /// Whether no connection is accepted now, for want of descriptors.
  public internal(set) var isGateShut = false
}

/// A count with one writer: a plain load and store, never a locked instruction.
struct Counter: ~Copyable {
  private let value = Atomic<Int>(0)

  borrowing func add(_ count: Int = 1) {
    value.store(value.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }

  borrowing func read() -> Int { value.load(ordering: .relaxed) }
}

final class WorkerCounters: Sendable {
  let accepted = Counter()
  let open = Counter()
  let requests = Counter()
  let rejected = Counter()
  let timeouts = Counter()
  let failedHandlers = Counter()
  let shed = Counter()
  let kept = Counter()
  let refused = Counter()
  let receivedBytes = Counter()
  let sentBytes = Counter()
  /// Reservations made since a connection was accepted, less those that have ended: with the connections handed over,
  /// the room reserved.
  let reservationBalance = Counter()

  func add(to metrics: inout ServerMetrics) {
    metrics.acceptedConnections += accepted.read()
    metrics.openConnections += open.read()
    metrics.requests += requests.read()
    metrics.rejectedRequests += rejected.read()
    metrics.timeouts += timeouts.read()
    metrics.failedHandlers += failedHandlers.read()
    metrics.shedConnections += shed.read()
    metrics.keptConnections += kept.read()
    metrics.refusedConnections += refused.read()
    metrics.receivedBytes += receivedBytes.read()
    metrics.sentBytes += sentBytes.read()
  }
}
