// A connection that a handler has taken over: bytes in, bytes out, no HTTP any more.

import Reactor
import SystemPackage

/// The raw connection after a takeover, for WebSocket and its like. Reading and writing may go on at once, one of each.
///
/// Confined to the thread of its reactor, where callers from elsewhere are brought first; that is what makes it
/// Sendable.
public final class TakenConnection: EventHandler, @unchecked Sendable {
  /// The peer.
  public let remoteAddress: SocketAddress

  private let worker: Worker
  private let reactor: Reactor
  private var socket: OwnedDescriptor?
  private let descriptor: Int32
  private var unread: [UInt8]
  private var interest: Readiness = []
  private var readWaiters: [UnsafeContinuation<Void, Never>] = []
  private var writeWaiters: [UnsafeContinuation<Void, Never>] = []

  init(worker: Worker, socket: consuming OwnedDescriptor, unread: [UInt8], peer: SocketAddress) {
    self.worker = worker
    reactor = worker.reactor
    descriptor = socket.rawValue
    self.socket = consume socket
    self.unread = unread
    remoteAddress = peer
    // Fails only for want of kernel memory; the connection is closed then, as reads and writes will say.
    if (try? reactor.register(descriptor, interest, self)) == nil { self.socket = nil }
  }

  /// Whether it is open still. On its reactor's thread.
  var isOpen: Bool { socket != nil }

  /// The next bytes, at most 64 KiB (what came with the request first); nil at the end of the stream. Throws
  /// `ServerError.connectionClosed` after `close`, CancellationError, or an `Errno` of recv(2), ECONNRESET as a rule.
  /// Readers at the same time share the bytes.
  public func read() async throws -> [UInt8]? {
    try await onReactor { [self] in
      if !unread.isEmpty {
        defer { unread = [] }
        return unread
      }
      while socket != nil {
        try Task.checkCancellation()
        if let count = try Syscalls.receive(descriptor, into: reactor.scratch) {
          return count == 0 ? nil : Array(reactor.scratch[..<count])
        }
        await suspend(until: .readable)
      }
      throw ServerError.connectionClosed
    }
  }

  /// Sends all of `bytes`; suspends, without a deadline, while the client takes nothing. Throws as `read` does, with
  /// EPIPE or ECONNRESET of send(2). Let one task write at a time: the bytes of two may mix.
  public func write(_ bytes: [UInt8]) async throws {
    try await onReactor { [self] in
      var sent = 0
      while sent < bytes.count {
        guard socket != nil else { throw ServerError.connectionClosed }
        try Task.checkCancellation()
        let start = sent
        let count = try bytes.withUnsafeBytes { buffer throws(Errno) in
          try Syscalls.send(descriptor, UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
        if let count {
          sent += count
        } else {
          await suspend(until: .writable)
        }
      }
    }
  }

  /// Closes the connection, from any thread. Reads and writes that wait end with `ServerError.connectionClosed`. A
  /// second time does nothing.
  public func close() {
    if reactor.isCurrent { closeHere() } else { reactor.execute { self.closeHere() } }
  }

  private func closeHere() {
    guard socket != nil else { return }
    reactor.deregister(descriptor)
    socket = nil
    wake()
    worker.forget(self)
  }

  package func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    if !readiness.isDisjoint(with: [.readable, .hungUp, .failed]) { wakeReader() }
    if !readiness.isDisjoint(with: [.writable, .hungUp, .failed]) { wakeWriter() }
    updateInterest()
  }

  private func suspend(until wanted: Readiness) async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if wanted == .readable { readWaiters.append(continuation) } else { writeWaiters.append(continuation) }
        updateInterest()
      }
    } onCancel: {
      reactor.execute { self.wake() }
    }
  }

  private func updateInterest() {
    var wanted: Readiness = []
    if !readWaiters.isEmpty { wanted.insert(.readable) }
    if !writeWaiters.isEmpty { wanted.insert(.writable) }
    guard wanted != interest, socket != nil else { return }
    interest = wanted
    reactor.setInterest(wanted, of: descriptor)
  }

  private func wake() {
    wakeReader()
    wakeWriter()
  }

  private func wakeReader() {
    let waiters = readWaiters
    readWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  private func wakeWriter() {
    let waiters = writeWaiters
    writeWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  private func onReactor<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    if reactor.isCurrent { return try await body() }
    return try await withTaskExecutorPreference(reactor) { try await body() }
  }
}
