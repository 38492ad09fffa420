// A directory of recordings as the routes of one table share it.

import Recordings

/// The recordings of one directory, and the fetches into it. Routes that name the same directory share them, and a
/// reload keeps them.
final class ProxiedStore: RouteState {
  let recordings: RecordingStore
  let flights = FlightBoard()

  init(_ recordings: RecordingStore) { self.recordings = recordings }
}

extension RouteStates {
  /// The store at this path, as the configuration names it.
  func proxiedStore(root: String) -> ProxiedStore {
    let recordings = RecordingStore(root: root)
    return state(of: recordings.root, definition: recordings.root) { ProxiedStore(recordings) }
  }
}
