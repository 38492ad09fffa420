// epoll(7) as a value that owns its descriptor.

import CLinux
import SystemPackage

/// The readiness a descriptor is watched for, or has: EPOLLIN and its kin of epoll_ctl(2). Public, though this module
/// is no product, so that it is inlined where it is asked: several times per request, in other modules.
public struct Readiness: OptionSet, Sendable {
  /// The bits of epoll_ctl(2).
  public let rawValue: UInt32
  /// From those bits.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// There are bytes to read, or their end.
  @inlinable public static var readable: Readiness { Readiness(rawValue: 0x001) }
  /// There is room to write.
  @inlinable public static var writable: Readiness { Readiness(rawValue: 0x004) }
  /// An error is pending; reported whether asked for or not.
  @inlinable public static var failed: Readiness { Readiness(rawValue: 0x008) }
  /// Both directions are closed; reported whether asked for or not.
  @inlinable public static var hungUp: Readiness { Readiness(rawValue: 0x010) }
  /// The peer has shut down its sending side.
  @inlinable public static var peerClosed: Readiness { Readiness(rawValue: 0x2000) }

  /// What a connection listens for that awaits a request: bytes, and their end.
  @inlinable public static var input: Readiness { Readiness(rawValue: 0x2001) }

  /// What is in either.
  @inlinable public func union(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue | other.rawValue) }
  /// What is not in the other.
  @inlinable public func subtracting(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue & ~other.rawValue) }
  /// Whether they have nothing in common.
  @inlinable public func isDisjoint(with other: Readiness) -> Bool { rawValue & other.rawValue == 0 }
  /// Whether all of the other is in this.
  @inlinable public func contains(_ other: Readiness) -> Bool { rawValue & other.rawValue == other.rawValue }
  /// Whether the bits are the same.
  @inlinable public static func == (left: Readiness, right: Readiness) -> Bool { left.rawValue == right.rawValue }
}

/// One epoll instance and the buffer its events arrive in.
struct Epoll: ~Copyable {
  private let descriptor: OwnedDescriptor
  private let events: UnsafeMutableBufferPointer<clinux_epoll_event>

  /// Events taken in one turn; a longer queue is read in the next, so that timers and jobs get theirs in between.
  private static let eventsPerTurn = 512

  init() throws(Errno) {
    descriptor = try Syscalls.epollCreate()
    events = .allocate(capacity: Self.eventsPerTurn)
    events.initialize(repeating: clinux_epoll_event())
  }

  deinit { events.deallocate() }

  func add(_ target: Int32, _ interest: Readiness, data: UInt64) throws(Errno) {
    try Syscalls.epollControl(descriptor.rawValue, operation: clinux_epoll_add, descriptor: target, events: interest.rawValue, data: data)
  }

  func modify(_ target: Int32, _ interest: Readiness, data: UInt64) throws(Errno) {
    try Syscalls.epollControl(
      descriptor.rawValue, operation: clinux_epoll_modify, descriptor: target, events: interest.rawValue, data: data)
  }

  func remove(_ target: Int32) throws(Errno) {
    try Syscalls.epollControl(descriptor.rawValue, operation: clinux_epoll_remove, descriptor: target, events: 0, data: 0)
  }

  /// Waits, and answers how many events `event(at:)` holds. -1 waits for ever.
  func wait(milliseconds: Int32) throws(Errno) -> Int {
    try Syscalls.epollWait(descriptor.rawValue, into: events, timeoutMilliseconds: milliseconds)
  }

  @inline(__always)
  func event(at index: Int) -> (readiness: Readiness, data: UInt64) {
    let event = events[index]
    return (Readiness(rawValue: event.events), event.data)
  }
}
