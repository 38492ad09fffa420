// What lives longer than a route table: the counters, stores and caches' counts that a reload hands to the next table.
//
//   the old table's states ── RouteStates(replacing:) ──→ each route of the new table asks for its state
//                                                         same id, same kind, equal definition: the same object
//                                                         else: made anew, and listed in `begunAnew`
//                          ── dropUnclaimed ──→ what no route asked for ends with the old table
//
// Requests in flight on the old table go on with the objects they have: two tables share them. A route asks while its
// table is built and keeps the reference, so a request looks nothing up here.

import Synchronization

/// A value of a route that outlives the route's table. It is shared by all threads, and by the tables before and after
/// a reload, so it guards itself.
package protocol RouteState: AnyObject, Sendable {}

/// A state that has a start to go back to: `asynchttpd reset` does that.
package protocol ResettableState: RouteState {
  /// Goes back to the start. From any thread.
  func reset() async throws
}

/// The states of one table's routes. From any thread.
package final class RouteStates: Sendable {
  private struct Name: Hashable {
    let id: String
    let kind: ObjectIdentifier
  }

  private struct Slot {
    let definition: any Hashable & Sendable
    let state: any RouteState
  }

  private struct Slots {
    var own: [Name: Slot] = [:]
    /// Those of the table before, until this one is built.
    var former: [Name: Slot] = [:]
    var begunAnew: [String] = []
  }

  private let slots: Mutex<Slots>
  /// What the threads keep in memory of the files of this table and of those it replaced.
  let cachedFiles: CachedFileCount
  /// The recordings of this table and of those it replaced that are not on the disk yet.
  let recordings: RecordingsUnderWay
  /// The callbacks of this table and of those it replaced that are not sent yet.
  let callbacks: CallbackQueue
  /// What routes of this table and of those it replaced have done.
  let activity: RouteActivity

  /// - Parameter old: the states of the table that this one replaces; nil begins all of them anew.
  package init(replacing old: RouteStates? = nil) {
    slots = Mutex(Slots(former: old?.slots.withLock { $0.own } ?? [:]))
    cachedFiles = old?.cachedFiles ?? CachedFileCount()
    recordings = old?.recordings ?? RecordingsUnderWay()
    callbacks = old?.callbacks ?? CallbackQueue()
    activity = old?.activity ?? RouteActivity()
  }

  /// The state of a route: that of the table before, if what defines it is the same, or a new one. Asked again for the
  /// same id and kind, it is the one that was given before, whatever the definition.
  ///
  /// - Parameters:
  ///   - id: of the route, or the name that several routes share it by.
  ///   - definition: what the state depends on, such as the list that a sequence goes through. A change of it makes the
  ///     old state useless.
  ///   - make: a new state; may be called in vain where two threads ask at once.
  package func state<S: RouteState>(
    of id: String, as kind: S.Type = S.self, definition: some Hashable & Sendable, make: () -> S
  ) -> S {
    let name = Name(id: id, kind: ObjectIdentifier(kind))
    if let present = slots.withLock({ Self.claim(name, definition, &$0) }) { return unsafeDowncast(present, to: S.self) }
    let made = make()
    let kept = slots.withLock { slots -> any RouteState in
      if let present = Self.claim(name, definition, &slots) { return present }
      if slots.former[name] != nil, !slots.begunAnew.contains(id) { slots.begunAnew.append(id) }
      slots.own[name] = Slot(definition: definition, state: made)
      return made
    }
    // Stored under the identity of its own type.
    return unsafeDowncast(kept, to: S.self)
  }

  private static func claim<D: Hashable & Sendable>(_ name: Name, _ definition: D, _ slots: inout Slots) -> (any RouteState)? {
    if let own = slots.own[name] { return own.state }
    guard let former = slots.former[name], former.definition as? D == definition else { return nil }
    slots.own[name] = former
    return former.state
  }

  /// All states of a kind, by id.
  package func all<S: RouteState>(_ kind: S.Type) -> [S] {
    slots.withLock { slots in
      slots.own.filter { $0.key.kind == ObjectIdentifier(kind) }.sorted { $0.key.id < $1.key.id }
        .map { unsafeDowncast($0.value.state, to: S.self) }
    }
  }

  /// The ids of what can be reset, sorted, each once.
  package var resettableIDs: [String] {
    slots.withLock { slots in Set(slots.own.filter { $0.value.state is any ResettableState }.map(\.key.id)).sorted() }
  }

  /// Brings all states of these ids back to the start that have one.
  ///
  /// - Returns: what could not be reset and why, such as a file that cannot be written.
  package func reset(_ ids: Set<String>) async -> [String] {
    let found = slots.withLock { slots in slots.own.filter { ids.contains($0.key.id) }.map { ($0.key.id, $0.value.state) } }
    var problems: [String] = []
    for (id, state) in found {
      do { try await (state as? any ResettableState)?.reset() } catch { problems.append("\(id): \(error)") }
    }
    return problems.sorted()
  }

  /// The ids of states that began anew because what defines them has changed, in the order they were asked for.
  package var begunAnew: [String] { slots.withLock { $0.begunAnew } }

  /// Lets go of the former table's states that no route has asked for. Once the table is built.
  func dropUnclaimed() { slots.withLock { $0.former = [:] } }
}
