// A hierarchical timer wheel (Varghese and Lauck, scheme 6): six levels of 64 slots, a tick of one millisecond.
// Setting and cancelling cost the same however many timers there are; the next deadline is found by bit scans.

/// What a timer calls. Deadlines that move forward with every request do not touch the wheel: the owner stores the new
/// deadline, and when the old one fires it compares and sets the timer again.
package protocol TimerTarget: AnyObject {
  func timerFired(_ timer: TimerID, on reactor: Reactor)
}

/// Names one timer of one wheel; stale once the timer has fired or was cancelled, and then harmless.
package struct TimerID: Equatable, Sendable {
  fileprivate let index: Int32
  fileprivate let generation: UInt32

  /// No timer.
  package static let none = TimerID(index: -1, generation: 0)
}

/// Confined to its reactor's thread, hence `@exclusivity(unchecked)` as there.
final class TimerWheel {
  private struct Node {
    var deadline: Milliseconds
    var target: (any TimerTarget)?
    var previous: Int32
    var next: Int32
    var generation: UInt32
    var slot: UInt16
  }

  private static let levelCount = 6
  private static let slotBits: UInt64 = 6
  /// The wheel's horizon, about two years; a later deadline is brought to it.
  private static let horizon: Milliseconds = 1 << 35

  @exclusivity(unchecked) private var nodes: [Node] = []
  private var freeHead: Int32 = -1
  @exclusivity(unchecked) private var slotHeads = [Int32](repeating: -1, count: levelCount * 64)
  @exclusivity(unchecked) private var occupied = [UInt64](repeating: 0, count: levelCount)
  private var current: Milliseconds

  init(now: Milliseconds) { current = now }

  /// Timers there is room for without growing: what has fired or was cancelled is used again.
  var capacity: Int { nodes.count }

  func set(at deadline: Milliseconds, _ target: any TimerTarget) -> TimerID {
    let index: Int32
    let deadline = min(max(deadline, current + 1), current + Self.horizon)
    if freeHead >= 0 {
      index = freeHead
      freeHead = nodes[Int(index)].next
      nodes[Int(index)].deadline = deadline
      nodes[Int(index)].target = target
    } else {
      index = Int32(nodes.count)
      nodes.append(Node(deadline: deadline, target: target, previous: -1, next: -1, generation: 1, slot: 0))
    }
    link(index)
    return TimerID(index: index, generation: nodes[Int(index)].generation)
  }

  func cancel(_ timer: TimerID) {
    guard timer.index >= 0, nodes[Int(timer.index)].generation == timer.generation else { return }
    unlink(timer.index)
    free(timer.index)
  }

  /// Takes all timers back.
  func removeAll() {
    for index in nodes.indices where nodes[index].target != nil {
      unlink(Int32(index))
      free(Int32(index))
    }
  }

  /// How long nothing will fire, counted from `now`; nil with no timer set. May name an earlier moment than the next
  /// deadline when a coarse slot has to be sorted into finer ones first.
  func delay(from now: Milliseconds) -> Milliseconds? {
    guard let (_, start) = nextSlot() else { return nil }
    return start > now ? start - now : 0
  }

  /// Takes out the next timer due at `now`, or moves the wheel's hand to `now` and answers nil.
  func popExpired(now: Milliseconds) -> (timer: TimerID, target: any TimerTarget)? {
    while let (slot, start) = nextSlot(), start <= now {
      current = max(current, start)
      if slot >= 64 {
        // The whole slot at once: what stays behind would be hidden by what went down a level.
        while case let index = slotHeads[slot], index >= 0 {
          unlink(index)
          link(index)
        }
        continue
      }
      let index = slotHeads[slot]
      unlink(index)
      let timer = TimerID(index: index, generation: nodes[Int(index)].generation)
      // A node in a slot has a target: `set` stores it and only `free` clears it.
      let target = nodes[Int(index)].target!
      free(index)
      return (timer, target)
    }
    current = max(current, now)
    return nil
  }

  /// The earliest slot in use: the lowest level that has one, since each level covers only what the one below cannot.
  private func nextSlot() -> (slot: Int, start: Milliseconds)? {
    for level in 0..<Self.levelCount where occupied[level] != 0 {
      let shift = Self.slotBits * UInt64(level)
      // Counted from the hand on: the top level is a ring, and what lies beyond its end has a smaller digit than the
      // hand.
      let hand = (current >> shift) & 63
      let bits = occupied[level]
      let ahead = UInt64((bits >> hand | bits << ((64 - hand) & 63)).trailingZeroBitCount)
      return (level * 64 + Int((hand + ahead) & 63), ((current >> shift) + ahead) << shift)
    }
    return nil
  }

  /// The level is that of the highest digit (of 64) in which the deadline differs from the hand, so that within a level
  /// every slot in use lies ahead of the hand and the first set bit is the earliest.
  private func link(_ index: Int32) {
    let deadline = nodes[Int(index)].deadline
    let difference = (deadline ^ current) | 1
    let level = min(Int((63 - UInt64(difference.leadingZeroBitCount)) / Self.slotBits), Self.levelCount - 1)
    let digit = Int((deadline >> (Self.slotBits * UInt64(level))) & 63)
    let slot = level * 64 + digit
    let head = slotHeads[slot]
    nodes[Int(index)].slot = UInt16(slot)
    nodes[Int(index)].previous = -1
    nodes[Int(index)].next = head
    if head >= 0 { nodes[Int(head)].previous = index }
    slotHeads[slot] = index
    occupied[level] |= 1 << UInt64(digit)
  }

  private func unlink(_ index: Int32) {
    let node = nodes[Int(index)]
    if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
    if node.previous >= 0 {
      nodes[Int(node.previous)].next = node.next
    } else {
      slotHeads[Int(node.slot)] = node.next
      if node.next < 0 { occupied[Int(node.slot) / 64] &= ~(1 << UInt64(node.slot % 64)) }
    }
  }

  private func free(_ index: Int32) {
    nodes[Int(index)].generation &+= 1
    nodes[Int(index)].target = nil
    nodes[Int(index)].next = freeHead
    freeHead = index
  }
}
