// `states`: values that routes share, such as whether an order is paid. Each is kept apart by its own `per`.
//
// A decision that tests states and sets them does both under one lock, so of two clients that both need an order to be
// open, one finds it paid. The lock belongs to all states of a table and is handed to the next: which states a decision
// touches is then no question of order. A thread that holds it may ask for values again, as templates do.

import Glibc
package import JSONText

/// A state as it is declared.
package struct StateDefinition: Hashable, Sendable {
  package let name: String
  /// What it is until it is set, and after a reset.
  package let initial: JSONValue
  /// What is kept apart; nil keeps one value for all requests.
  package let per: StatePer?

  package init(name: String, initial: JSONValue, per: StatePer? = nil) {
    self.name = name
    self.initial = initial
    self.per = per
  }
}

/// A lock that the thread which holds it may take again.
final class StateLock: RouteState, @unchecked Sendable {
  // Allocated once and never moved, as pthread_mutex_init(3) asks for.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }

  func unlock() { pthread_mutex_unlock(mutex) }

  func withLock<R>(_ body: () -> R) -> R {
    lock()
    defer { unlock() }
    return body()
  }
}

/// The values of one state.
final class NamedState: ResettableState, @unchecked Sendable {
  let definition: StateDefinition
  private let lock: StateLock
  /// Guarded by the lock.
  private var values = KeyedStore<JSONValue>()

  init(_ definition: StateDefinition, _ lock: StateLock) {
    self.definition = definition
    self.lock = lock
  }

  /// The value for a key; nothing is noted, so that looking at one does not keep it.
  func peek(_ key: [UInt8]) -> JSONValue { lock.withLock { values.peek(key) ?? definition.initial } }

  func value(of key: [UInt8]) -> JSONValue { lock.withLock { values.value(of: key) ?? definition.initial } }

  func set(_ value: JSONValue, of key: [UInt8]) {
    let octets = JSONWriter.octets(of: value).count
    lock.withLock { values.set(value, of: key, octets: octets) }
  }

  func reset() { lock.withLock { values.removeAll() } }
}

/// The states of a table, for the requests of its routes. From any thread.
package final class NamedStates: Sendable {
  private let states: [String: NamedState]
  private let lock: StateLock
  /// Those of the routes, by route index.
  private let patterns: [PathPattern]
  /// What is counted apart, by state, for each list of parameters that a pattern has: expressions find them by
  /// position.
  private let pers: [String: [PatternParameters: StatePer]]
  /// Of templates that know no states, so that none depends on itself.
  private let templates: TemplateSurroundings

  private struct PatternParameters: Hashable {
    let names: [String]
    let hasRest: Bool

    init(_ pattern: PathPattern) {
      names = pattern.parameterNames
      hasRest = pattern.hasRest
    }
  }

  /// Nil where none is declared.
  init?(_ definitions: [StateDefinition], patterns: [PathPattern], clock: TemplateClock, in states: RouteStates) {
    if definitions.isEmpty { return nil }
    let lock = states.state(of: "", definition: 0) { StateLock() }
    self.lock = lock
    self.patterns = patterns
    templates = TemplateSurroundings(clock: clock)
    let kinds = Dictionary(patterns.map { (PatternParameters($0), $0) }, uniquingKeysWith: { first, _ in first })
    pers = Dictionary(
      definitions.compactMap { definition in
        definition.per.map { per in (definition.name, kinds.mapValues { per.reread(for: $0) }) }
      }, uniquingKeysWith: { first, _ in first })
    self.states = Dictionary(
      definitions.map { definition in
        (definition.name, states.state(of: definition.name, definition: definition) { NamedState(definition, lock) })
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of a state for a request; nil for one that is not declared.
  package func value(ofState name: String, for request: borrowing RequestValues) -> JSONValue? {
    states[name].map { $0.value(of: key(of: $0, request)) }
  }

  func set(_ name: String, to value: JSONValue, for request: borrowing RequestValues) {
    guard let state = states[name] else { return }
    state.set(value, of: key(of: state, request))
  }

  /// Whether the body has to be read to know which value of the state a request has.
  func needsBody(_ name: String) -> Bool { states[name]?.definition.per?.needsBody ?? false }

  /// Keeps other threads from seeing and setting states, until `unlock`.
  func lockAll() { lock.lock() }

  func unlockAll() { lock.unlock() }

  private func key(of state: NamedState, _ request: borrowing RequestValues) -> [UInt8] {
    let pattern = patterns[request.match.routeIndex]
    guard let per = pers[state.definition.name]?[PatternParameters(pattern)] else { return [] }
    var run = TemplateRun(templates, route: "", pattern: pattern)
    return per.key(for: request, &run)
  }
}
