// One thread, one epoll, one clock: everything a connection needs lives and dies on one reactor.
//
// A turn of the loop: wait for readiness, tell the handlers, run the jobs of async code that became ready, then what
// was put off to the end of the turn (writing), then the timers that are due. Nothing in it takes a lock but the inbox,
// and the inbox is looked at only when another thread has rung the bell.

import CLinux
import Glibc
import Synchronization
package import SystemPackage

/// Hears of the readiness of the descriptor it was registered for. Called on the reactor's thread only.
package protocol EventHandler: AnyObject {
  func descriptorReady(_ readiness: Readiness, on reactor: Reactor)
}

/// Has work to do once per turn, after events and jobs: connections write then, so that many answers become one send.
package protocol TurnEndTarget: AnyObject {
  func turnEnded(on reactor: Reactor)
}

/// When a turn of a reactor began.
package struct TurnTime {
  package let turnCount: UInt64
  /// CLOCK_MONOTONIC.
  package let microseconds: Int64
  /// The same in milliseconds.
  package let monotonic: Milliseconds
  /// CLOCK_REALTIME in whole seconds.
  package let realtime: Int64

  init(turnCount: UInt64, microseconds: Int64, realtime: Int64) {
    self.turnCount = turnCount
    self.microseconds = microseconds
    monotonic = Milliseconds(truncatingIfNeeded: microseconds) / 1000
    self.realtime = realtime
  }
}

/// An event loop and its thread. All but `execute`, `enqueue`, `isCurrent`, `start` and `stop` may be called on that
/// thread only; that confinement is what makes it Sendable.
///
/// What every event touches is exempt from the dynamic check of exclusive access (SE-0176): with one thread and no
/// callback in the midst of a change there is nothing for it to find, and it was a quarter of the instructions of a
/// request.
package final class Reactor: @unchecked Sendable {
  private struct Registration {
    var handler: (any EventHandler)?
    var generation: UInt32 = 0
  }

  private struct Inbox {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []
    var rung = false
    var terminated = false
  }

  package let name: String
  private let epoll: Epoll
  private let bell: OwnedDescriptor
  private let inbox = Mutex(Inbox())

  @exclusivity(unchecked) private var registrations: [Registration] = []
  private let timers: TimerWheel
  @exclusivity(unchecked) private var jobs: [UnownedJob] = []
  @exclusivity(unchecked) private var runningJobs: [UnownedJob] = []
  @exclusivity(unchecked) private var turnEnds: [any TurnEndTarget] = []
  @exclusivity(unchecked) private var runningTurnEnds: [any TurnEndTarget] = []
  private var stopping = false

  private var locals: [ObjectIdentifier: AnyObject] = [:]

  /// Counts the turns. What arrives in a turn was sent before it began, but for what follows unasked on the same
  /// connection.
  package var turnCount: UInt64 { time.pointee.turnCount }
  /// CLOCK_MONOTONIC at the start of this turn, milliseconds. Deadlines are counted from it.
  package var now: Milliseconds { time.pointee.monotonic }
  /// CLOCK_REALTIME at the start of this turn, whole seconds since 1970: what a Date field says.
  package var wallClockSeconds: Int64 { time.pointee.realtime }
  /// Asked several times per request from other modules, which the exemption above does not reach: hence apart, and
  /// owned by hand.
  package let time: UnsafeMutablePointer<TurnTime>

  /// Bytes arrive here first: one buffer for all connections of this thread, so that an idle one holds none.
  package let scratch: UnsafeMutableRawBufferPointer
  /// 64 KiB: a whole TCP receive window of small requests, and eight of the largest request lines.
  package static let scratchSize = 65_536

  /// The bell is not rung again until it is answered, so one that fails to ring would leave its work lying for ever.
  private static let ringAttempts = 3

  /// Rounds of jobs before the loop looks at its descriptors again: a handler that never suspends for I/O starves
  /// nobody.
  private static let jobRoundsPerTurn = 16

  /// Makes a reactor whose thread is not started yet. Throws EMFILE or ENFILE: it needs two descriptors.
  package init(name: String) throws(Errno) {
    self.name = name
    epoll = try Epoll()
    bell = try Syscalls.eventDescriptor()
    let began = TurnTime(turnCount: 0, microseconds: MonotonicClock.microseconds(), realtime: Self.realtimeSeconds())
    time = .allocate(capacity: 1)
    time.initialize(to: began)
    timers = TimerWheel(now: began.monotonic)
    scratch = .allocate(byteCount: Self.scratchSize, alignment: 16)
    try epoll.add(bell.rawValue, .readable, data: Self.bellData)
  }

  deinit {
    scratch.deallocate()
    time.deallocate()
  }

  // MARK: Thread

  /// Starts the thread, which holds the reactor until `stop`.
  package func start() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        // pthread_create passes what it was given, which is the retained reactor.
        Unmanaged<Reactor>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context)
    precondition(code == 0, "pthread_create: \(Errno(rawValue: code))")
    pthread_detach(thread)
  }

  /// Ends the loop after the jobs and work handed over so far. From any thread.
  package func stop() {
    execute { self.stopping = true }
  }

  /// Whether the caller runs on this reactor's thread.
  package var isCurrent: Bool { clinux_get_current_reactor() == Unmanaged.passUnretained(self).toOpaque() }

  /// The reactor whose thread this is, or nil.
  package static var current: Reactor? {
    guard let pointer = clinux_get_current_reactor() else { return nil }
    return Unmanaged<Reactor>.fromOpaque(pointer).takeUnretainedValue()
  }

  private func run() {
    clinux_set_current_reactor(Unmanaged.passUnretained(self).toOpaque())
    // A name longer than 15 bytes is refused (pthread_setname_np(3)); it only serves `top -H`.
    _ = clinux_name_thread(String(name.prefix(15)))
    while !stopping || hasWork { turn() }
    let rest = inbox.withLock { inbox -> Inbox in
      inbox.terminated = true
      defer { inbox.jobs = []; inbox.work = [] }
      return inbox
    }
    run(rest)
    while !jobs.isEmpty { runJobs() }
    // Clients and caches end on the thread they belong to; those who wait for one of them are resumed.
    locals = [:]
    while !jobs.isEmpty { runJobs() }
    // No timer fires any more, and no turn ends: what waits for one may know this reactor, and would be kept by what it
    // keeps.
    timers.removeAll()
    turnEnds = []
    clinux_set_current_reactor(nil)
  }

  private var hasWork: Bool { !jobs.isEmpty || !turnEnds.isEmpty }

  private func turn() {
    let count: Int
    do throws(Errno) {
      count = try epoll.wait(milliseconds: waitMilliseconds())
    } catch {
      // EBADF, EFAULT and EINVAL are all epoll_wait(2) knows: our own defect, and no loop can go on without it.
      preconditionFailure("epoll_wait: \(error)")
    }
    time.pointee = TurnTime(
      turnCount: turnCount &+ 1, microseconds: MonotonicClock.microseconds(), realtime: Self.realtimeSeconds())
    for index in 0..<count {
      let (readiness, data) = epoll.event(at: index)
      if data == Self.bellData { answerBell() } else { deliver(readiness, data) }
    }
    var rounds = 0
    while !jobs.isEmpty, rounds < Self.jobRoundsPerTurn {
      runJobs()
      rounds += 1
    }
    while let (timer, target) = timers.popExpired(now: now) { target.timerFired(timer, on: self) }
    runTurnEnds()
  }

  private func waitMilliseconds() -> Int32 {
    if stopping || hasWork { return 0 }
    guard let delay = timers.delay(from: now) else { return -1 }
    return Int32(min(delay, Milliseconds(Int32.max)))
  }

  // MARK: Descriptors

  /// The generation in the upper half tells an event for a closed descriptor from one for its successor of the same
  /// number.
  @inline(__always)
  private static func data(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }

  /// No descriptor has this number.
  private static let bellData = UInt64.max

  /// Watches `descriptor`. ENOSPC when the user's watches are used up (/proc/sys/fs/epoll/max_user_watches), ENOMEM.
  package func register(_ descriptor: Int32, _ interest: Readiness, _ handler: any EventHandler) throws(Errno) {
    let index = Int(descriptor)
    while registrations.count <= index { registrations.append(Registration()) }
    precondition(registrations[index].handler == nil, "descriptor \(descriptor) is registered twice")
    try epoll.add(descriptor, interest, data: Self.data(descriptor, registrations[index].generation))
    registrations[index].handler = handler
  }

  /// Changes what a registered descriptor is watched for.
  package func setInterest(_ interest: Readiness, of descriptor: Int32) {
    do throws(Errno) {
      try changeInterest(interest, of: descriptor)
    } catch {
      // ENOMEM at worst: the watch stays as it was, and a failed event ends the connection in good order.
      registrations[Int(descriptor)].handler?.descriptorReady(.failed, on: self)
    }
  }

  /// The same for a descriptor that must not end with a failure of epoll_ctl(2), which is thrown: the watch stays as it
  /// was.
  package func changeInterest(_ interest: Readiness, of descriptor: Int32) throws(Errno) {
    let registration = registrations[Int(descriptor)]
    precondition(registration.handler != nil, "descriptor \(descriptor) is not registered")
    try epoll.modify(descriptor, interest, data: Self.data(descriptor, registration.generation))
  }

  /// Ends the watch of a descriptor that lives on.
  package func deregister(_ descriptor: Int32) {
    if forget(descriptor) { try? epoll.remove(descriptor) }
  }

  /// Ends the watch of a descriptor that is closed next, with which the kernel's own ends (epoll(7), question 6): one
  /// system call fewer.
  package func deregisterClosing(_ descriptor: Int32) { forget(descriptor) }

  @discardableResult
  private func forget(_ descriptor: Int32) -> Bool {
    let index = Int(descriptor)
    guard index < registrations.count, registrations[index].handler != nil else { return false }
    registrations[index].handler = nil
    registrations[index].generation &+= 1
    return true
  }

  @inline(__always)
  private func deliver(_ readiness: Readiness, _ data: UInt64) {
    let index = Int(UInt32(truncatingIfNeeded: data))
    guard registrations[index].generation == UInt32(truncatingIfNeeded: data >> 32), let handler = registrations[index].handler
    else { return }
    handler.descriptorReady(readiness, on: self)
  }

  // MARK: Timers

  /// Calls `target` once, `delay` milliseconds from the start of this turn or as soon after as the loop gets there.
  package func setTimer(after delay: Milliseconds, _ target: any TimerTarget) -> TimerID {
    timers.set(at: now + delay, target)
  }

  /// The same for a moment on the clock of `now`.
  package func setTimer(at deadline: Milliseconds, _ target: any TimerTarget) -> TimerID {
    timers.set(at: deadline, target)
  }

  /// Takes a timer back. One that has fired or was cancelled is ignored.
  package func cancelTimer(_ timer: TimerID) { timers.cancel(timer) }

  // MARK: Work

  /// Whether the loop has made its last turn.
  package var hasEnded: Bool { inbox.withLock { $0.terminated } }

  /// Calls `target` once at the end of this turn.
  package func atEndOfTurn(_ target: any TurnEndTarget) { turnEnds.append(target) }

  private func runTurnEnds() {
    guard !turnEnds.isEmpty else { return }
    swap(&turnEnds, &runningTurnEnds)
    for target in runningTurnEnds { target.turnEnded(on: self) }
    runningTurnEnds.removeAll(keepingCapacity: true)
  }

  /// Runs `work` on the reactor's thread in its next turn. From any thread. After the reactor has ended there is no
  /// thread left to keep apart from, and the work runs where it is.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    let (ring, terminated) = inbox.withLock { inbox -> (Bool, Bool) in
      if inbox.terminated { return (false, true) }
      inbox.work.append(work)
      defer { inbox.rung = true }
      return (!inbox.rung, false)
    }
    if ring { ringBell() }
    if terminated { work() }
  }

  /// The same for a job of async code; on the reactor's own thread it does not touch the inbox.
  func accept(_ job: UnownedJob) {
    if isCurrent {
      jobs.append(job)
      return
    }
    let (ring, terminated) = inbox.withLock { inbox -> (Bool, Bool) in
      if inbox.terminated { return (false, true) }
      inbox.jobs.append(job)
      defer { inbox.rung = true }
      return (!inbox.rung, false)
    }
    if ring { ringBell() }
    if terminated { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func ringBell() {
    var one: UInt64 = 1
    for _ in 0..<Self.ringAttempts {
      // A full counter answers EAGAIN, as if nothing could be written: it rings already, and ringing again does no
      // harm.
      if let written = withUnsafeBytes(of: &one, { bytes in try? Syscalls.write(bell.rawValue, bytes) }) ?? nil, written > 0 { return }
    }
  }

  private func answerBell() {
    var count: UInt64 = 0
    _ = withUnsafeMutableBytes(of: &count) { bytes in try? Syscalls.read(bell.rawValue, into: bytes) }
    let arrived = inbox.withLock { inbox -> Inbox in
      defer { inbox = Inbox() }
      return inbox
    }
    run(arrived)
  }

  private func run(_ arrived: Inbox) {
    jobs.append(contentsOf: arrived.jobs)
    for work in arrived.work { work() }
  }

  private func runJobs() {
    swap(&jobs, &runningJobs)
    let executor = asUnownedTaskExecutor()
    for job in runningJobs { job.runSynchronously(on: executor) }
    runningJobs.removeAll(keepingCapacity: true)
  }

  /// What this thread keeps of a kind, made at the first use: caches and clients that one thread has to itself, and
  /// that live as long as it does.
  package func local<T: AnyObject>(_ make: () -> T) -> T {
    if let existing = locals[ObjectIdentifier(T.self)] {
      // Stored below under the identity of its own type.
      return unsafeDowncast(existing, to: T.self)
    }
    let made = make()
    locals[ObjectIdentifier(T.self)] = made
    return made
  }

  // MARK: Clocks

  private static func realtimeSeconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return Int64(time.tv_sec)
  }
}
