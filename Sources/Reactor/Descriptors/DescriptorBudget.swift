// Whether the process can afford another connection: `open + assumed < limit`, strictly, where `open` is what the
// process really holds (files, sockets, upstream connections, whatever a handler or a library opened), not what this
// code knows of. For connections that were promised room a moment ago and have not used it yet, `assumed` more each
// counts as open.

import CLinux
import Glibc
import Synchronization
import SystemPackage

/// The descriptors of this process as the kernel counts them.
package enum ProcessDescriptors {
  /// How many are open. Linux 6.2 and later answer with one stat(2); before that the directory is counted.
  /// Nil where /proc is not mounted.
  package static func openCount() -> Int? {
    if let count = try? Syscalls.call(.stat, { clinux_open_descriptors() }) { return Int(count) }
    guard let directory = opendir("/proc/self/fd") else {
      // The directory needs a descriptor itself. None left: everything up to the limit is open.
      return errno == EMFILE ? softLimit : nil
    }
    defer { closedir(directory) }
    var entries = 0
    while let entry = readdir(directory) { entries += entry.pointee.d_name.0 == 0x2e ? 0 : 1 }
    return entries - 1
  }

  /// The soft RLIMIT_NOFILE (getrlimit(2)); nil when unlimited or unknown.
  package static var softLimit: Int? {
    var soft: UInt64 = 0
    var hard: UInt64 = 0
    let isKnown = (try? Syscalls.call(.getrlimit) { clinux_get_descriptor_limit(&soft, &hard) }) != nil
    return isKnown && soft <= UInt64(Int32.max) ? Int(soft) : nil
  }

  /// Raises the soft RLIMIT_NOFILE to the hard one and answers what is in force now.
  @discardableResult
  package static func raiseSoftLimit() -> Int? {
    var soft: UInt64 = 0
    var hard: UInt64 = 0
    if clinux_get_descriptor_limit(&soft, &hard) == 0, soft < hard { _ = clinux_set_descriptor_limit(hard, hard) }
    return softLimit
  }
}

/// Wakes waiters when the process closes a descriptor, and asks those that keep descriptors without need to close them.
package enum DescriptorWatch {
  private static let holders = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])
  private static let waiting = Atomic<Int>(0)
  private static let waiters = Mutex<[@Sendable () -> Void]>([])

  /// Calls `wake` once, from the thread that closes the next descriptor.
  package static func onNextClose(_ wake: @escaping @Sendable () -> Void) {
    waiters.withLock { waiters in
      waiters.append(wake)
      waiting.store(waiters.count, ordering: .sequentiallyConsistent)
    }
    letGo()
  }

  /// Has `close` called whenever a descriptor is waited for, from the thread that waits, until `removeHolder`: it
  /// closes what `holder` keeps in case of a further use.
  package static func addHolder(_ holder: AnyObject, _ close: @escaping @Sendable () -> Void) {
    holders.withLock { $0[ObjectIdentifier(holder)] = close }
  }

  package static func removeHolder(_ holder: AnyObject) { _ = holders.withLock { $0.removeValue(forKey: ObjectIdentifier(holder)) } }

  /// Asks all holders to close what they can.
  package static func letGo() {
    for close in holders.withLock({ Array($0.values) }) { close() }
  }

  /// For descriptors that close out of sight of `OwnedDescriptor`, inside a library.
  package static func descriptorClosed() {
    guard waiting.load(ordering: .relaxed) > 0 else { return }
    let woken = waiters.withLock { waiters in
      waiting.store(0, ordering: .sequentiallyConsistent)
      defer { waiters = [] }
      return waiters
    }
    for wake in woken { wake() }
  }
}

/// One server's view of the process's descriptors. Any thread may ask; only the acceptor calls `admit`.
package final class DescriptorBudget: Sendable {
  private let cap: Atomic<Int>
  private let fallback: Atomic<Int>
  /// How many more connections the last count is good for, and until when.
  private let trusted = Atomic<Int>(0)
  private let trustedUntil = Atomic<Milliseconds>(0)

  /// A count is trusted for this long at most: other code in the process opens files too.
  private static let trustMilliseconds: Milliseconds = 100
  /// A count that would be good for fewer connections than this is not kept.
  private static let leastTrust = 16

  /// `cap` bounds the limit below RLIMIT_NOFILE; nil leaves it there. `fallback` stands in where the limit is unknown.
  package init(cap: Int?, fallback: Int) {
    self.cap = Atomic(cap ?? Int.max)
    self.fallback = Atomic(fallback)
  }

  /// The number of descriptors that `open` has to stay below.
  package var limit: Int {
    max(0, min(ProcessDescriptors.softLimit ?? fallback.load(ordering: .relaxed), cap.load(ordering: .relaxed)))
  }

  /// Changes the cap, for a reload. Nil takes it away.
  package func setCap(_ newCap: Int?) {
    cap.store(newCap ?? Int.max, ordering: .relaxed)
    trusted.store(0, ordering: .relaxed)
  }

  /// Changes what stands in for an unknown limit.
  package func setFallback(_ newFallback: Int) { fallback.store(newFallback, ordering: .relaxed) }

  /// What the rule says.
  package enum Room: Equatable, Sendable {
    case enough
    /// Enough is free, but promised to others: until they have used it, or have not.
    case promised
    case none
  }

  /// The rule, measured now: exact at every call. `reservations` is how many have been promised as much each and have
  /// not used it yet. A negative assumption turns the rule off, as in the ancestor.
  package func room(assuming descriptorsPerRequest: Int, reservations: Int) -> Room {
    measure(assuming: descriptorsPerRequest, reservations: reservations).room
  }

  /// The same with what would be left, were all promises kept; nil when the rule is off or open descriptors cannot be
  /// counted.
  private func measure(assuming descriptorsPerRequest: Int, reservations: Int) -> (room: Room, left: Int?) {
    guard descriptorsPerRequest >= 0, let open = ProcessDescriptors.openCount() else { return (.enough, nil) }
    return Self.rule(open: open, limit: limit, assuming: descriptorsPerRequest, reservations: reservations)
  }

  /// The rule itself: `open + assumed < limit`, and what would be left, were all promises kept. No number overflows it.
  package static func rule(open: Int, limit: Int, assuming descriptorsPerRequest: Int, reservations: Int) -> (room: Room, left: Int) {
    // Not `open + descriptorsPerRequest < limit`, which the largest assumptions overflow.
    let free = limit - open
    guard free > descriptorsPerRequest else { return (.none, free) }
    let (promised, overflow) = max(0, reservations).multipliedReportingOverflow(by: descriptorsPerRequest)
    guard !overflow, free - descriptorsPerRequest > promised else { return (.promised, 0) }
    return (.enough, free - descriptorsPerRequest - promised)
  }

  /// The rule for an acceptor that asks before each accept. Far from the limit a count serves for a while: for a tenth
  /// of a second, and until a quarter of the room that was left would be used. Near it, every question is measured.
  package func admit(assuming descriptorsPerRequest: Int, reservations: () -> Int, now: Milliseconds) -> Room {
    let trust = trusted.load(ordering: .relaxed)
    if trust > 0, now < trustedUntil.load(ordering: .relaxed) {
      trusted.store(trust - 1, ordering: .relaxed)
      return .enough
    }
    let (room, left) = measure(assuming: descriptorsPerRequest, reservations: reservations())
    guard room == .enough, let left else {
      trusted.store(0, ordering: .relaxed)
      return room
    }
    // Each connection takes its socket and what is promised to it.
    trusted.store(max(0, left / 4 / (1 + descriptorsPerRequest) - Self.leastTrust), ordering: .relaxed)
    trustedUntil.store(now + Self.trustMilliseconds, ordering: .relaxed)
    return room
  }
}

/// A descriptor kept aside, so that a log or a configuration file can be opened when all the others are in use.
package final class ReserveDescriptor: Sendable {
  private let held = Mutex<Int32?>(nil)

  package init() { refill() }

  deinit { held.withLock { if let descriptor = $0 { Syscalls.close(descriptor) } } }

  /// Lets go of the reserve while `body` runs. With several callers at once the first has it.
  package func lend<R>(_ body: () throws -> R) rethrows -> R {
    let lent = held.withLock { held -> Int32? in
      defer { held = nil }
      return held
    }
    if let lent { Syscalls.close(lent) }
    defer { refill() }
    return try body()
  }

  private func refill() {
    held.withLock { held in
      guard held == nil else { return }
      held = (try? Syscalls.open("/dev/null", flags: O_RDONLY))?.release()
    }
  }
}
