// The fetches of one store: one for each key and client, and no more at a time than the disk and the descriptors bear.

import Reactor
import Synchronization

final class FlightBoard: Sendable {
  private struct State {
    var flights: [FlightKey: Flight] = [:]
    /// Those of which a recording has begun, and is neither published nor given up.
    var recordings = 0
    var observers: [Int: UnsafeContinuation<Void, Never>] = [:]
    var nextObserver = 0
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
      // It has not begun: everybody can join.
      return (flight, flight.join()!)
    }
  }

  /// Gives the reader of `join` back.
  func leave(_ flight: Flight, _ reader: Int, _ key: FlightKey) {
    if flight.leave(reader) { remove(flight, key) }
  }

  /// Whoever asks for the key from now on begins anew.
  func remove(_ flight: Flight, _ key: FlightKey) {
    state.withLock { state in
      if state.flights[key] === flight { state.flights[key] = nil }
    }
  }

  /// A recording has begun; `endRecording` when it is published or given up.
  func beginRecording() { state.withLock { $0.recordings += 1 } }

  func endRecording() {
    let observers = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
      state.recordings -= 1
      guard state.recordings == 0 else { return [] }
      defer { state.observers = [:] }
      return Array(state.observers.values)
    }
    for observer in observers { observer.resume() }
  }

  /// Waits until every recording that has begun is published or given up, or until the task is cancelled. A fetch that
  /// has none is not waited for.
  func settle() async {
    let id = state.withLock { state in
      defer { state.nextObserver += 1 }
      return state.nextObserver
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let isDone = state.withLock { state in
          if state.recordings == 0 || Task.isCancelled { return true }
          state.observers[id] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.observers.removeValue(forKey: id) }?.resume()
    }
  }
}
