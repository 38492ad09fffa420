// A connection that a handler has taken over: bytes in, bytes out, no HTTP any more.

import Reactor
import SystemPackage

/// The raw connection after a takeover, for WebSocket and its like. Reading and writing may go on at once, one of each.
///
/// Confined to the thread of its reactor, where callers from elsewhere are brought first; that is what makes it Sendable.
public final class TakenConnection: EventHandler, @unchecked Sendable {
  /// The peer.
  public let remoteAddress: SocketAddress

  private let worker: Worker
  private let reactor: Reactor
  private var socket: OwnedDescriptor?
  private let descriptor: Int32
  private var unread: [UInt8]
  private var interest: Readiness = []
  private var readWaiter: UnsafeContinuation<Void, Never>?
  private var writeWaiter: UnsafeContinuation<Void, Never>?

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

  /// The next bytes, at most 64 KiB; nil at the end of the stream.
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
        precondition(readWaiter == nil, "a connection has one reader at a time")
        await suspend(until: .readable)
      }
      throw ServerError.connectionClosed
    }
  }

  /// Sends all of `bytes`; suspends while the client takes nothing.
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
          precondition(writeWaiter == nil, "a connection has one writer at a time")
          await suspend(until: .writable)
        }
      }
    }
  }

  /// Closes the connection. Reads and writes that wait end with an error.
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
        if wanted == .readable { readWaiter = continuation } else { writeWaiter = continuation }
        updateInterest()
      }
    } onCancel: {
      reactor.execute { self.wake() }
    }
  }

  private func updateInterest() {
    var wanted: Readiness = []
    if readWaiter != nil { wanted.insert(.readable) }
    if writeWaiter != nil { wanted.insert(.writable) }
    guard wanted != interest, socket != nil else { return }
    interest = wanted
    reactor.setInterest(wanted, of: descriptor)
  }

  private func wake() {
    wakeReader()
    wakeWriter()
  }

  private func wakeReader() {
    let waiter = readWaiter
    readWaiter = nil
    waiter?.resume()
  }

  private func wakeWriter() {
    let waiter = writeWaiter
    writeWaiter = nil
    waiter?.resume()
  }

  private func onReactor<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    if reactor.isCurrent { return try await body() }
    return try await withTaskExecutorPreference(reactor) { try await body() }
  }
}
