// What observers call a route: its id for people, a small number for counters.

import Synchronization

/// The name of a route, by which observers tell the requests of one from those of another. A reference, so that a
/// request that belongs to the route copies nothing. Tables that follow one another give the same object to routes of
/// the same id.
package final class RouteName: Sendable {
  /// Unique within its table, and the same after a reload.
  package let id: String
  /// A small number, unique among the names of its `RouteSlots` that are in use. Once nothing refers to a name, another
  /// may have its slot: counters by slot compare `serial`.
  package let slot: Int
  /// Which of all names that `RouteSlots` has served this is, from 1 on.
  package let serial: UInt64
  private let slots: RouteSlots

  package init(id: String, in slots: RouteSlots) {
    self.id = id
    self.slots = slots
    (slot, serial) = slots.take()
  }

  deinit { slots.giveBack(slot) }
}

/// Hands out the slots of route names, those that were given back before new ones. It goes from table to table, and may
/// be used from any thread.
package final class RouteSlots: Sendable {
  private struct State {
    var count = 0
    var free: [Int] = []
    var serial: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Slots that are or were in use: each slot is below this.
  package var count: Int { state.withLock { $0.count } }

  fileprivate func take() -> (slot: Int, serial: UInt64) {
    state.withLock { state in
      state.serial += 1
      if let slot = state.free.popLast() { return (slot, state.serial) }
      defer { state.count += 1 }
      return (state.count, state.serial)
    }
  }

  fileprivate func giveBack(_ slot: Int) { state.withLock { $0.free.append(slot) } }
}
