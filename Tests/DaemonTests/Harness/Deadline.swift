// Waiting: always for an event, never for an amount of time; the deadline only bounds a test that has failed.

import Foundation

/// Long enough that a loaded machine does not meet it, short enough that a broken test ends.
let patience: TimeInterval = 60

/// Whether the condition became true before the deadline. For what has no event of its own, such as a file that another process makes.
func eventually(within seconds: TimeInterval = patience, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Date(timeIntervalSinceNow: seconds)
  while try !condition() {
    if Date() >= deadline { return false }
    usleep(10_000)
  }
  return true
}
