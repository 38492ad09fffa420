// Makes a chosen system call fail, for tests: "the third accept answers EMFILE" is one line. Compiled into debug
// builds only; a release build has neither the hook nor its cost.

#if DEBUG
package import SystemPackage
import Synchronization

/// The system calls that pass through `Syscalls`, by their manual page's name.
package enum SyscallName: String, CaseIterable, Sendable {
  case accept4, access, bind, close, connect, epoll_create1, epoll_ctl, epoll_wait, eventfd, fchmod, fchmodat, fcntl, flock, fstat, fstatat,
    fsync, getrlimit,
    getsockname, getsockopt, inotify_add_watch, inotify_init1, inotify_rm_watch, ioctl, kill, listen, mkdirat, openat, openat2, poll, pread,
    pwrite, read, readlinkat, realpath, recv, renameat, send, sendfile,
    setsockopt,
    shutdown, signalfd, socket, stat, unlinkat, write
}

/// A script of failures, consulted before each system call of the process.
package enum FaultInjection {
  /// Answers the errno a call shall fail with, or nil to let it through. `ordinal` counts the calls of that name from
  /// 1.
  package typealias Script = @Sendable (_ call: SyscallName, _ ordinal: Int) -> Errno?

  private struct State {
    var script: Script?
    var counts: [SyscallName: Int] = [:]
  }

  private static let state = Mutex(State())
  private static let armed = Atomic<Bool>(false)

  /// Runs `body` with the script in force for every thread of the process, and takes it out again.
  package static func with<R>(_ script: @escaping Script, _ body: () async throws -> R) async rethrows -> R {
    state.withLock { $0 = State(script: script) }
    armed.store(true, ordering: .sequentiallyConsistent)
    defer {
      armed.store(false, ordering: .sequentiallyConsistent)
      state.withLock { $0 = State() }
    }
    return try await body()
  }

  static func failure(of call: SyscallName) -> Errno? {
    guard armed.load(ordering: .relaxed) else { return nil }
    let (script, ordinal) = state.withLock { state -> (Script?, Int) in
      state.counts[call, default: 0] += 1
      return (state.script, state.counts[call, default: 0])
    }
    return script?(call, ordinal)
  }
}
#else
/// Release builds keep the names only, so that calls read the same in both.
package enum SyscallName {
  case accept4, access, bind, close, connect, epoll_create1, epoll_ctl, epoll_wait, eventfd, fchmod, fchmodat, fcntl, flock, fstat, fstatat,
    fsync, getrlimit,
    getsockname, getsockopt, inotify_add_watch, inotify_init1, inotify_rm_watch, ioctl, kill, listen, mkdirat, openat, openat2, poll, pread,
    pwrite, read, readlinkat, realpath, recv, renameat, send, sendfile,
    setsockopt,
    shutdown, signalfd, socket, stat, unlinkat, write
}
#endif
