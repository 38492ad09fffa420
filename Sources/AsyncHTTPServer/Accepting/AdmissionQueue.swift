// Callers that wait for one connection, and callers that wait for room: who goes on, and in which order.

import Reactor

/// The waiters of an acceptor, each by the number under which it may withdraw.
struct AdmissionQueue<Puller, RoomWaiter> {
  private var pullers: [(id: UInt64, waiter: Puller)] = []
  private var roomWaiters: [(id: UInt64, assumed: Int, waiter: RoomWaiter)] = []

  /// Whether no caller waits for a connection.
  var hasNoPuller: Bool { pullers.isEmpty }

  /// The room that the most modest of those who wait for room assume, in descriptors; nil without one.
  var leastAssumption: Int? { roomWaiters.lazy.map(\.assumed).min() }

  /// Adds a caller that waits for one connection.
  mutating func append(puller: Puller, id: UInt64) { pullers.append((id, puller)) }

  /// Adds a caller that waits for room for `assumed` descriptors.
  mutating func append(roomWaiter: RoomWaiter, id: UInt64, assuming assumed: Int) { roomWaiters.append((id, assumed, roomWaiter)) }

  /// Takes the caller that has waited longest for a connection; nil without one.
  mutating func takePuller() -> Puller? { pullers.isEmpty ? nil : pullers.removeFirst().waiter }

  /// Takes all who wait for a connection.
  mutating func takePullers() -> [Puller] {
    defer { pullers = [] }
    return pullers.map(\.waiter)
  }

  /// Takes those who wait for room and have it, by what `room` answers for their assumption.
  mutating func takeAdmitted(_ room: (_ assumed: Int) -> DescriptorBudget.Room) -> [RoomWaiter] {
    var admitted: [RoomWaiter] = []
    roomWaiters.removeAll { entry in
      guard room(entry.assumed) == .enough else { return false }
      admitted.append(entry.waiter)
      return true
    }
    return admitted
  }

  /// Takes all who wait for room.
  mutating func takeRoomWaiters() -> [RoomWaiter] {
    defer { roomWaiters = [] }
    return roomWaiters.map(\.waiter)
  }

  /// Takes the waiters of this number: one, or none where it has gone on already.
  mutating func withdraw(id: UInt64) -> (pullers: [Puller], roomWaiters: [RoomWaiter]) {
    let withdrawn = (pullers.filter { $0.id == id }.map(\.waiter), roomWaiters.filter { $0.id == id }.map(\.waiter))
    pullers.removeAll { $0.id == id }
    roomWaiters.removeAll { $0.id == id }
    return withdrawn
  }
}
