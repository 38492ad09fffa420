// The fetches of one store: one for each key and client, and no more at a time than the disk and the descriptors bear.

import Reactor
import Synchronization

final class FlightBoard: Sendable {
  private struct State {
    var flights: [FlightKey: Flight] = [:]
  }

  private let state = Mutex(State())

  /// 64, each with a socket and a file, from the request to the upstream until the recording is on the disk: browsers
  /// open six connections, and a disk that syncs slowly must slow the fetching, not fill the process with files that
  /// wait.
  static let maxRunning = 64

  /// The fetches that wait for others to end.
  let line = WaitingLine<Void> { running, _ in running < maxRunning }

  /// The flight of this key, with a reader aboard.
  func join(_ key: FlightKey) -> (flight: Flight, reader: Int) {
    state.withLock { state in
      if let flight = state.flights[key], let reader = flight.join() { return (flight, reader) }
      let flight = Flight()
      state.flights[key] = flight
      // It has not begun: every request can join.
      return (flight, flight.join()!)
    }
  }

  /// Gives the reader of `join` back.
  func leave(_ flight: Flight, _ reader: Int, _ key: FlightKey) {
    if flight.leave(reader) { remove(flight, key) }
  }

  /// A request for the key from now on begins anew.
  func remove(_ flight: Flight, _ key: FlightKey) {
    state.withLock { state in
      if state.flights[key] === flight { state.flights[key] = nil }
    }
  }
}
