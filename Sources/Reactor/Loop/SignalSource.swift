// Signals as readiness: they are blocked in every thread and read from a descriptor on one reactor, where anything may
// be done.

import CLinux
import Glibc
package import SystemPackage

/// Delivers signals on a reactor's thread. Confined to it.
package final class SignalSource: EventHandler {
  private let descriptor: OwnedDescriptor
  private let handler: (Int32) -> Void

  /// Blocks `signals` in the calling thread and those it starts. Call before any thread is started.
  package static func block(_ signals: [Int32]) throws(Errno) {
    if clinux_block_signals(signals, signals.count) == -1 { throw Errno(rawValue: errno) }
  }

  /// Lets `signals` through to the calling thread again.
  package static func unblock(_ signals: [Int32]) { _ = clinux_unblock_signals(signals, signals.count) }

  /// Watches for `signals`, which every thread must block. On the reactor's thread.
  package init(_ signals: [Int32], on reactor: Reactor, handler: @escaping (Int32) -> Void) throws(Errno) {
    descriptor = try Syscalls.signalDescriptor(signals)
    self.handler = handler
    try reactor.register(descriptor.rawValue, .readable, self)
  }

  package func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    while let signal = Self.next(descriptor.rawValue) { handler(signal) }
  }

  /// The number of a pending signal (signalfd(2)).
  private static func next(_ descriptor: Int32) -> Int32? {
    let info = UnsafeMutableRawBufferPointer.allocate(byteCount: clinux_signal_size, alignment: MemoryLayout<UInt64>.alignment)
    defer { info.deallocate() }
    let count = (try? Syscalls.read(descriptor, into: info)) ?? nil
    return count == info.count ? Int32(truncatingIfNeeded: info.load(as: UInt32.self)) : nil
  }

  /// Ends the watch.
  package func cancel(on reactor: Reactor) { reactor.deregister(descriptor.rawValue) }
}
