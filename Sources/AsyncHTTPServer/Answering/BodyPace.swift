// How many octets of a body may go by now, at so many a second.

import Reactor

/// A bucket that fills with time and that the octets of a body are taken from. Pure: the clock is a parameter. It holds
/// little, so that the body goes in small bursts and a loop that was held up makes up for nothing.
struct BodyPace: Equatable {
  /// Octets per second.
  let rate: Int
  private var filled: Milliseconds
  /// Thousandths of an octet.
  private var credit = 0

  /// The time between two bursts, milliseconds.
  static let tick: Milliseconds = 25
  /// Beyond what any wire carries; and no product below overflows.
  private static let maxRate = 1 << 40
  /// Time that is made up for, at most.
  private static let maxArrears: Milliseconds = 1000

  /// An empty bucket at `now`. A rate below 1 counts as 1.
  init(rate: Int, now: Milliseconds) {
    self.rate = min(max(1, rate), Self.maxRate)
    filled = now
  }

  /// Octets that may go now.
  mutating func allowance(now: Milliseconds) -> Int {
    let elapsed = now > filled ? min(now - filled, Self.maxArrears) : 0
    filled = max(filled, now)
    // Two ticks' worth, and one octet at least.
    credit = min(credit + Int(elapsed) * rate, max(1000, rate * 2 * Int(Self.tick)))
    return credit / 1000
  }

  /// Takes octets that have gone, as many as were allowed at most.
  mutating func take(_ count: Int) { credit -= count * 1000 }

  /// How long until there is something to send again, milliseconds.
  var delay: Milliseconds {
    let missing = max(0, 1000 - credit)
    return max(Self.tick, Milliseconds((missing + rate - 1) / rate))
  }
}
