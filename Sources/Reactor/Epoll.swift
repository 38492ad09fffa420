// epoll(7) as a value that owns its descriptor.

import CLinux
import SystemPackage

/// The readiness a descriptor is watched for, or has: EPOLLIN and its kin of epoll_ctl(2).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
  package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
  /// The peer has shut down its sending side.
  package static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
  /// Both directions are closed; reported whether asked for or not.
  package static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
  /// An error is pending; reported whether asked for or not.
  package static let failed = Readiness(rawValue: EPOLLERR.rawValue)
}

/// One epoll instance and the buffer its events arrive in.
struct Epoll: ~Copyable {
  private let descriptor: OwnedDescriptor
  private let events: UnsafeMutableBufferPointer<epoll_event>

  /// Events taken in one turn; a longer queue is read in the next, so that timers and jobs get theirs in between.
  private static let eventsPerTurn = 512

  init() throws(Errno) {
    descriptor = try Syscalls.epollCreate()
    events = .allocate(capacity: Self.eventsPerTurn)
    events.initialize(repeating: epoll_event())
  }

  deinit { events.deallocate() }

  func add(_ target: Int32, _ interest: Readiness, data: UInt64) throws(Errno) {
    try Syscalls.epollControl(descriptor.rawValue, operation: EPOLL_CTL_ADD, descriptor: target, events: interest.rawValue, data: data)
  }

  func modify(_ target: Int32, _ interest: Readiness, data: UInt64) throws(Errno) {
    try Syscalls.epollControl(descriptor.rawValue, operation: EPOLL_CTL_MOD, descriptor: target, events: interest.rawValue, data: data)
  }

  func remove(_ target: Int32) throws(Errno) {
    try Syscalls.epollControl(descriptor.rawValue, operation: EPOLL_CTL_DEL, descriptor: target, events: 0, data: 0)
  }

  /// Waits, and answers how many events `event(at:)` holds. -1 waits for ever.
  func wait(milliseconds: Int32) throws(Errno) -> Int {
    try Syscalls.epollWait(descriptor.rawValue, into: events, timeoutMilliseconds: milliseconds)
  }

  @inline(__always)
  func event(at index: Int) -> (readiness: Readiness, data: UInt64) {
    let event = events[index]
    return (Readiness(rawValue: event.events), event.data.u64)
  }
}
