// The gap between a promise and its use. A connection is accepted because there is room for what its request may open,
// and the request opens it a moment later; until then the kernel's count does not have it, and to accept again by that
// count alone would give the same room away twice.
//
// So room is reserved before accept4(2), and given back at the first of
//
//   - the beginning of the answer: what it needs is open by then, and counted by the kernel;
//   - the end of the connection;
//   - `ReservedRoom.term`: a connection that has opened nothing by then waits for something (a body, a timer, a silent client), and holds what
//     the kernel says it holds.
//
// A request that follows on a kept connection reserves again when its handler starts. It is not asked whether there is
// room: connections are what is accepted, and a request that came on one is served. An idle connection reserves
// nothing: any number of them may be kept.
//
// Without the term, slow clients and sleeping handlers would shut the gate with a sixth of the connections that fit.
// With it the rule that they meet is the documented one, `open + assumed < limit`.

import Reactor

/// What the connections of one worker have reserved. Two generations, so that a reservation lapses without a timer of
/// its own: it lasts one term at least, and two at most while anybody asks.
struct ReservedRoom {
  /// When a connection reserved. `none` while it holds nothing.
  struct Generation: Equatable {
    static let none = Generation(number: 0)
    fileprivate let number: UInt32
  }

  /// Long beside the turns of a loop, in which a handler opens what it needs; short for a client that waits to be
  /// accepted.
  static let term: Milliseconds = 20

  private var current = Generation(number: 1)
  private var previous = Generation.none
  private var currentCount = 0
  private var previousCount = 0
  private var renewed: Milliseconds = 0

  /// Reserves for one connection.
  mutating func reserve() -> Generation {
    currentCount += 1
    return current
  }

  /// Whether the reservation has not lapsed meanwhile.
  mutating func giveBack(_ generation: Generation) -> Bool {
    if generation == .none { return false }
    if generation == current {
      currentCount -= 1
    } else if generation == previous {
      previousCount -= 1
    } else {
      return false
    }
    return true
  }

  /// Lets lapse what has been reserved for a term, and answers how many that were. One step at a time: a thread that
  /// stood still for long has had no turn in which to use what it reserved.
  mutating func lapse(now: Milliseconds) -> Int {
    guard now >= renewed + Self.term else { return 0 }
    renewed = now
    let lapsed = previousCount
    (previous, previousCount) = (current, currentCount)
    // Zero is none's.
    current = Generation(number: current.number == .max ? 1 : current.number + 1)
    currentCount = 0
    return lapsed
  }
}
