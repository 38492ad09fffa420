// The fetches of one store: one for each key and client, and no more at a time than the disk and the descriptors bear.

package import Reactor
import Synchronization

final class RecordingFlights: Sendable {
  private struct State {
    var flights: [FlightKey: RecordingFlight] = [:]
    /// Those of which a recording has begun, and is neither published nor given up.
    var recordings = 0
    var observers: [Int: UnsafeContinuation<Void, Never>] = [:]
    var nextObserver = 0
  }

  private let state = Mutex(State())

  /// 64, each with a socket and a file, from the request to the upstream until the recording is on the disk: browsers open six connections, and
  /// a disk that syncs slowly must slow the fetching, not fill the process with files that wait.
  static let maximumRunning = 64

  /// The fetches that wait for others to end.
  let line = WaitingLine<Void> { running, _ in running < maximumRunning }

  /// The flight of this key, with a reader aboard.
  func join(_ key: FlightKey) -> (flight: RecordingFlight, reader: Int) {
    state.withLock { state in
      if let flight = state.flights[key], let reader = flight.join() { return (flight, reader) }
      let flight = RecordingFlight()
      state.flights[key] = flight
      // It has not begun: everybody can join.
      return (flight, flight.join()!)
    }
  }

  /// Gives the reader of `join` back.
  func leave(_ flight: RecordingFlight, _ reader: Int, _ key: FlightKey) {
    if flight.leave(reader) { remove(flight, key) }
  }

  /// Whoever asks for the key from now on begins anew.
  func remove(_ flight: RecordingFlight, _ key: FlightKey) {
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

  /// Waits until every recording that has begun is published or given up, or until the task is cancelled. A fetch that has none is not waited for.
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

/// The recordings of all routes of the process.
package enum Recordings {
  /// Removes, in the background, what processes that were killed have left in the stores of these routes: once for each store.
  package static func sweep(_ settings: Settings) {
    for route in settings.routes {
      guard let options = route.responder as? ProxyToFileOptions, options.mode != .passthrough else { continue }
      RecordingStore.shared(root: options.store).sweepOnce()
    }
  }

  /// Waits until what has been fetched is recorded, for as long as `milliseconds` at most: for a process that is about to end. False when it
  /// took longer.
  package static func settle(atMost milliseconds: Milliseconds, on reactor: Reactor) async -> Bool {
    let stores = RecordingStore.all
    return await withTaskGroup { group in
      group.addTask(executorPreference: reactor) {
        for store in stores { await store.flights.settle() }
        return true
      }
      group.addTask(executorPreference: reactor) {
        try? await reactor.sleep(milliseconds: milliseconds)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? true
    }
  }
}
