// Theory of operation.
//
// The gate says whether the server accepts connections. The acceptor tells it what it has measured and what the kernel
// has answered, and performs the steps that the gate answers with. The gate itself knows no socket, no thread and no
// clock: time is a parameter.
//
//                    room is promised to others
//          ┌──────┐ ───────────────────────────▶ ┌──────────┐
//          │ open │                              │ promised │
//          └──────┘ ◀─────────────────────────── └──────────┘
//           │    ▲          there is room             │  ▲
//   no room,│    │                            no room │  │ room, but
//   accept  │    │ there is room                      │  │ promised
//   failed  ▼    │                                    ▼  │
//          ┌──────────────────────────────────────────────┐
//          │                     shut                     │
//          └──────────────────────────────────────────────┘
//
// open: listeners are watched. promised: there would be room, were some of it not reserved for connections that came
// just now; listeners are left alone for a matter of turns, and answers do not end their connections. shut: there is no
// room, or accept4(2) has failed for want of it; answers end their connections, and idle ones are closed.
//
// A busy server at its limit shuts its gate and opens it with every connection. That is one episode, and two lines in
// the log: it begins when the gate first shuts, and ends when the gate has been open for `rest`.

import Reactor
import SystemPackage

/// Whether connections are accepted, and what there is to do where they are not.
struct AdmissionGate: Equatable {
  /// The boxes of the picture above.
  enum Phase: Equatable { case open, promised, shut }

  /// Why an episode began.
  enum Reason: Equatable {
    /// `open + assumed < limit` does not hold, or as many connections are open as the configuration allows.
    case noRoom
    /// accept4(2) failed.
    case acceptFailed(Errno)
  }

  /// What there is to log.
  enum EpisodeEvent: Equatable {
    case began(Reason)
    case ended(after: Milliseconds)
  }

  /// What the acceptor does now, in the order of the properties.
  struct Steps: Equatable {
    static let none = Steps()

    /// Logged once, with the numbers of the moment.
    var episode: EpisodeEvent?
    /// One idle connection is closed, if a client waits to be accepted.
    var shedsIdleConnection = false
    /// The gate is to hear of the next descriptor that closes, unless `onlyTimeTells`, and to be asked again after
    /// `recheckDelay` in any case.
    var watchesForRoom = false
    /// Workers let lapse what they have reserved for long enough. After the watch, which hears of it.
    var lapsesReservations = false
    /// The gate has opened: those who wait for room go on, and the gate is to be asked again after `rest`.
    var admitsWaiters = false
  }

  /// What a failure of accept4(2) is about.
  enum AcceptFailure: Equatable {
    /// The connection, which is gone: the next one may be accepted at once.
    case connection
    /// The process or the kernel, which has run out of something: time mends it.
    case resources
    /// The listener itself: waiting does not mend it.
    case listener

    init(_ error: Errno) {
      switch error {
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory: self = .resources
      case .badFileDescriptor, .invalidArgument, .notSocket, .notSupported: self = .listener
      // ECONNABORTED, EPROTO, ENETDOWN and their kin (accept(2)).
      default: self = .connection
      }
    }
  }

  /// The present one.
  private(set) var phase = Phase.open
  /// How long accepting rests after a failure of accept4(2), milliseconds; 0 after a success.
  private(set) var backoff: Milliseconds = 0
  /// When the episode in hand began; nil without one.
  private(set) var episodeBegan: Milliseconds?
  /// Episodes so far, the one in hand among them.
  private(set) var episodeCount = 0

  /// How long there must be room before an episode is over.
  static let rest: Milliseconds = 1000
  /// How often a shut gate is asked again when no closed descriptor was heard of: a library may have closed one of its
  /// own.
  static let recheckInterval: Milliseconds = 50
  /// The pause after the first failure of accept4(2) for want of resources; each failure in a row doubles it.
  static let firstBackoff: Milliseconds = 5
  static let maxBackoff: Milliseconds = 1000

  /// Whether listeners are watched for connections.
  var isOpen: Bool { phase == .open }
  /// Whether no connection may be accepted, even one that is in a queue already.
  var isShut: Bool { phase == .shut }
  /// The kernel is short, not this process: no closed descriptor of ours mends that.
  var onlyTimeTells: Bool { backoff > 0 }
  /// Whether an idle connection is closed before the gate is asked again by the clock: no reservation was given back
  /// for a while, and an idle connection is worth less than one that waits.
  var shedsBeforeRecheck: Bool { phase == .promised }
  /// How long until the gate is asked again, milliseconds.
  var recheckDelay: Milliseconds { max(backoff, phase == .promised ? ReservedRoom.term / 2 : Self.recheckInterval) }

  /// Room was measured, for the next connection or for a waiter.
  mutating func measured(_ room: DescriptorBudget.Room, now: Milliseconds) -> Steps {
    switch room {
    case .enough: .none
    case .promised: leaveToReservations()
    case .none: shut(because: .noRoom, now: now)
    }
  }

  /// A connection was accepted.
  mutating func connectionAccepted() { backoff = 0 }

  /// accept4(2) failed for a reason that is not the connection's.
  mutating func acceptFailed(_ error: Errno, now: Milliseconds) -> Steps {
    switch AcceptFailure(error) {
    case .connection: return .none
    case .resources: backoff = min(max(backoff * 2, Self.firstBackoff), Self.maxBackoff)
    case .listener: backoff = Self.maxBackoff
    }
    return shut(because: .acceptFailed(error), now: now)
  }

  /// The time to ask the gate again has come. `room` is called where the answer depends on it.
  mutating func recheck(now: Milliseconds, room: () -> DescriptorBudget.Room) -> Steps {
    if phase != .open { return roomMayHaveCome(room(), now: now) }
    guard let began = episodeBegan else { return .none }
    episodeBegan = nil
    return Steps(episode: .ended(after: now - began))
  }

  /// A descriptor was closed, or room was given back, and this is what was measured since.
  mutating func roomMayHaveCome(_ room: DescriptorBudget.Room, now: Milliseconds) -> Steps {
    if phase == .open { return .none }
    switch room {
    case .none: return shut(because: .noRoom, now: now)
    case .promised:
      phase = .promised
      return leaveToReservations()
    case .enough:
      phase = .open
      return Steps(admitsWaiters: true)
    }
  }

  /// Leaves the next connections in the queue until those that came just now have used what was reserved for them, or
  /// have not.
  private mutating func leaveToReservations() -> Steps {
    if phase == .open { phase = .promised }
    return Steps(watchesForRoom: true, lapsesReservations: true)
  }

  private mutating func shut(because reason: Reason, now: Milliseconds) -> Steps {
    phase = .shut
    var steps = Steps(shedsIdleConnection: true, watchesForRoom: true)
    if episodeBegan == nil {
      episodeBegan = now
      episodeCount += 1
      steps.episode = .began(reason)
    }
    return steps
  }
}
