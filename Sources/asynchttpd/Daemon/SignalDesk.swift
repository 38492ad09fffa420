// Signals from the first moment on. They are blocked before anything else; a thread that does nothing but answer takes
// them while the start goes on, which may hang on a disk or a FIFO, and keeps those that only a daemon that serves can
// answer.

import Glibc
import Logging
import Reactor
import Synchronization
import SystemPackage

final class SignalDesk: Sendable {
  private enum Phase {
    /// Reading: TERM and INT end the process at once, since there is nothing to undo.
    case loading
    /// Binding sockets, a matter of milliseconds: every signal waits.
    case opening
    case serving(@Sendable (Int32) -> Void)
  }

  private struct State {
    var phase = Phase.loading
    var waiting: [Int32] = []
  }

  private let state = Mutex(State())
  private let log: LogOutput
  private let logger: Logger

  init(log: LogOutput) {
    self.log = log
    logger = log.logger(label: "asynchttpd")
  }

  /// Takes signals from now on. On the thread of `reactor`.
  func open(on reactor: Reactor) {
    do throws(Errno) {
      _ = try SignalSource(Daemon.signals, on: reactor) { self.receive($0) }
    } catch {
      logger.critical("cannot receive signals", metadata: ["error": "\(error)"])
    }
  }

  /// From now on an end is orderly, and waits for `serve`.
  func beginOpening() { state.withLock { $0.phase = .opening } }

  /// Hands over what has waited, and what comes. On the thread that signals come on.
  func serve(_ receiver: @escaping @Sendable (Int32) -> Void) {
    let waiting = state.withLock { state in
      defer { state = State(phase: .serving(receiver)) }
      return state.waiting
    }
    for signal in waiting { receiver(signal) }
  }

  private func receive(_ signal: Int32) {
    let receiver = state.withLock { state -> (@Sendable (Int32) -> Void)? in
      switch state.phase {
      case .serving(let receiver): return receiver
      case .loading where signal == SIGTERM || signal == SIGINT: return { self.end($0) }
      case .loading, .opening:
        if !state.waiting.contains(signal) { state.waiting.append(signal) }
        return nil
      }
    }
    receiver?(signal)
  }

  private func end(_ signal: Int32) {
    logger.notice("ending before the start was over", metadata: ["signal": "\(signal)"])
    log.flush(atMost: LogOutput.lastWords)
    _exit(EXIT_SUCCESS)
  }
}
