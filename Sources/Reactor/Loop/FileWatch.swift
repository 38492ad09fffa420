// Files that are watched for changes, by the directories that lead to them (inotify(7)). What follows a change within a
// short time belongs to it, so that an editor that writes three files, or a deployment, is one change.

package import SystemPackage

/// Tells when files may have changed. Confined to its reactor's thread, which is what makes it Sendable.
package final class FileWatch: EventHandler, TimerTarget, @unchecked Sendable {
  /// What came of an attempt to watch.
  package struct Coverage: Equatable, Sendable {
    /// Directories that are watched.
    package var directories = 0
    /// Files that the paths lead to now.
    package var files = 0
    /// Why some directory is not watched, ENOSPC above all; nil where all are.
    package var problem: Errno?
    /// Whether there were more directories than are watched.
    package var isCut = false
  }

  /// The quiet time before a change is reported, and the longest a change may go on until then.
  package static let quiet: Milliseconds = 100
  package static let longest: Milliseconds = 2_000
  /// A clock of a file system may be as much behind (the tick of the kernel).
  private static let clockTick: Int64 = 10_000_000

  private let descriptor: OwnedDescriptor
  private let reactor: Reactor
  private let onChange: () -> Void
  /// By the kernel's number of the directory.
  private var watches: [Int32: WatchedNames.Names] = [:]
  private var timer = TimerID.none
  /// When the first event of a change came that is not told yet.
  private var changedAt: Milliseconds?

  /// Watches nothing yet. Throws EMFILE, also where the user has too many of these; ENOSPC of epoll. On the reactor's thread.
  package init(on reactor: Reactor, onChange: @escaping () -> Void) throws(Errno) {
    descriptor = try Syscalls.inotify()
    self.reactor = reactor
    self.onChange = onChange
    try reactor.register(descriptor.rawValue, .readable, self)
  }

  /// Watches these and nothing else.
  ///
  /// - Parameters:
  ///   - paths: absolute; a step may have `*` and `?`. What is not there yet is watched as far as it goes.
  ///   - since: nanoseconds since 1970; a file that changed later, before anything watched it, has changed.
  package func watch(_ paths: [String], since: Int64) -> Coverage {
    let names = WatchedNames(paths)
    var coverage = Coverage(files: names.files.count, isCut: names.isCut)
    var found: [Int32: WatchedNames.Names] = [:]
    for (directory, inside) in names.directories {
      do throws(Errno) {
        let events: DirectoryEvents = inside.files.isEmpty ? [.names, .itself] : [.names, .itself, .written, .attributes]
        let watch = try Syscalls.watchDirectory(descriptor.rawValue, directory, events)
        // Two paths may be one directory (mount --bind).
        found[watch, default: WatchedNames.Names()].steps.formUnion(inside.steps)
        found[watch, default: WatchedNames.Names()].files.formUnion(inside.files)
      } catch {
        // The directory above reports one that has gone meanwhile.
        if error != .noSuchFileOrDirectory { coverage.problem = error }
      }
    }
    for watch in watches.keys where found[watch] == nil { try? Syscalls.unwatchDirectory(descriptor.rawValue, watch) }
    watches = found
    coverage.directories = found.count
    // What has a date in the future has not changed now: the clock was set back.
    let recently = since - Self.clockTick...max(since, WallClock.microseconds() * 1000)
    if (names.files + names.links).contains(where: { recently.contains(Self.changeTime(of: $0)) }) { noteChange() }
    return coverage
  }

  /// Ends the watch and closes its descriptor with the last reference.
  package func cancel() {
    reactor.cancelTimer(timer)
    reactor.deregister(descriptor.rawValue)
    changedAt = nil
  }

  private static func changeTime(of path: String) -> Int64 {
    (try? Syscalls.status(path, followLinks: false))?.changeNanoseconds ?? 0
  }

  // MARK: Events

  package func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    var isConcerned = false
    while let count = try? Syscalls.read(descriptor.rawValue, into: reactor.scratch), count > 0 {
      for event in Syscalls.directoryEvents(in: UnsafeRawBufferPointer(rebasing: reactor.scratch[..<count])) {
        if concerns(event) { isConcerned = true }
      }
    }
    if isConcerned { noteChange() }
  }

  private func concerns(_ event: DirectoryEvent) -> Bool {
    if event.events.contains(.overflow) { return true }
    guard let names = watches[event.watch] else { return false }
    if !event.events.isDisjoint(with: [.itself, .unmounted, .ended]) {
      if event.events.contains(.ended) { watches[event.watch] = nil }
      return true
    }
    return names.areConcerned(by: event)
  }

  // MARK: Quiet

  private func noteChange() {
    let first = changedAt ?? reactor.now
    changedAt = first
    reactor.cancelTimer(timer)
    timer = reactor.setTimer(at: min(reactor.now + Self.quiet, first + Self.longest), self)
  }

  package func timerFired(_ timer: TimerID, on reactor: Reactor) {
    self.timer = .none
    guard changedAt != nil else { return }
    changedAt = nil
    onChange()
  }
}
