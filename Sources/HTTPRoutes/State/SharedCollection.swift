// A collection that all threads and all tables of a route share. What is kept in a file is changed by one background
// thread at a time, in order: the file first, then what readers see.
//
//     change ──→ a copy is changed ──→ the file is written ──→ the copy takes the place of what readers see
//                                 └──→ it cannot be written: the copy is dropped

import Reactor
import Synchronization
package import SystemPackage

/// A collection with its seed and the file that it is kept in, if it is.
package final class SharedCollection: RouteState {
  private struct State {
    var collection: ItemCollection
    var pending: [@Sendable () -> Void] = []
    var isWriting = false
  }

  private let state: Mutex<State>
  private let seed: ItemCollection
  private let file: CollectionFile?

  /// - Parameters:
  ///   - seed: what `reset` goes back to.
  ///   - saved: what the file holds; nil begins with the seed.
  ///   - file: where changes are kept; nil keeps them in memory alone.
  package init(seed: ItemCollection, saved: ItemCollection? = nil, file: CollectionFile? = nil) {
    self.seed = seed
    self.file = file
    state = Mutex(State(collection: saved ?? seed))
  }

  /// Whether a change waits for a file to be written.
  package var isSaved: Bool { file != nil }

  /// The items as they are now. A change that comes meanwhile makes a list of its own.
  package var items: [CollectionItem] { state.withLock { $0.collection.items } }

  /// The item of an id, by its spelling.
  package func item(_ id: String) -> CollectionItem? { state.withLock { $0.collection[id: id] } }

  /// Why a change was not made: the file could not be written.
  package struct Unsaved: Error, Equatable {
    package let path: String
    package let errno: Errno
  }

  /// Changes a collection without a file.
  package func changeInMemory<R>(_ change: (inout ItemCollection) -> R) -> R {
    precondition(file == nil, "what is saved is changed on a thread that may block")
    return state.withLock { change(&$0.collection) }
  }

  /// Changes the collection, and returns once the change is in the file, if there is one. Changes are made in the order
  /// of the calls. Throws where the file cannot be written; the collection is then what it was.
  ///
  /// - Parameters:
  ///   - change: must not wait.
  package func change<R: Sendable>(_ change: @escaping @Sendable (inout ItemCollection) -> R) async throws(Unsaved) -> R {
    guard let file else { return changeInMemory(change) }
    let result = await withUnsafeContinuation { continuation in
      enqueue { continuation.resume(returning: self.changeAndSave(change, file)) }
    }
    return try result.get()
  }

  /// Goes back to the seed, in the file as well. Throws as `change` does.
  package func reset() async throws(Unsaved) {
    let seed = seed
    try await change { $0.restore(seed) }
  }

  private func changeAndSave<R>(_ change: (inout ItemCollection) -> R, _ file: CollectionFile) -> Result<R, Unsaved> {
    let old = state.withLock { $0.collection }
    var collection = old
    let result = change(&collection)
    guard collection.version != old.version else { return .success(result) }
    do throws(Errno) {
      try file.write(collection.text)
    } catch {
      return .failure(Unsaved(path: file.path, errno: error))
    }
    state.withLock { $0.collection = collection }
    return .success(result)
  }

  private func enqueue(_ work: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state -> Bool in
      state.pending.append(work)
      if state.isWriting { return false }
      state.isWriting = true
      return true
    }
    if needsThread { BackgroundThread.run { self.writePending() } }
  }

  /// All that is pending is taken at once, so that the queue is not moved up for each.
  private func writePending() {
    while true {
      let pending = state.withLock { state -> [@Sendable () -> Void] in
        let pending = state.pending
        state.pending = []
        if pending.isEmpty { state.isWriting = false }
        return pending
      }
      if pending.isEmpty { return }
      for work in pending { work() }
    }
  }
}
