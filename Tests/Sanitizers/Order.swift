// Checks that order.c tells ThreadSanitizer enough, and not too much: as `clean` nothing races, as `racy` a variable does beside a lock and
// another beside a continuation, and each must be reported.

import Synchronization

final class Shared: @unchecked Sendable {
  let lock = Mutex(())
  var guarded = 0
  var besideLock = 0
  var besideContinuation = 0
}

@main struct Order {
  static func main() async {
    let shared = Shared()
    let isRacy = CommandLine.arguments.dropFirst().first == "racy"
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<20_000 {
            if isRacy { shared.besideLock += 1 }
            shared.lock.withLock { _ in shared.guarded += 1 }
          }
        }
        group.addTask {
          for _ in 0..<2_000 {
            await withUnsafeContinuation { continuation in
              Task.detached {
                if isRacy { shared.besideContinuation += 1 }
                continuation.resume()
              }
            }
          }
        }
      }
    }
    precondition(shared.guarded == 80_000)
  }
}
