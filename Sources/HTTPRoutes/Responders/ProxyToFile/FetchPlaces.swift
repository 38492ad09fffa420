// A fetch's places among those of its store and among all that take descriptors.

import Reactor

/// Belongs to the task that fetches.
final class FetchPlaces {
  private let line: WaitingLine<Void>
  private var isTaken = false

  init(_ line: WaitingLine<Void>) { self.line = line }

  /// Waits for both. False, with neither, when the task is cancelled.
  func enter(_ budget: DescriptorBudget) async -> Bool {
    guard await line.enter(()) else { return false }
    guard await ProxyDescriptors.shared.enter(budget) else {
      line.leave()
      return false
    }
    isTaken = true
    return true
  }

  /// Gives both back: the recording is on the disk, or there is none, and all descriptors that the fetch takes it has.
  /// Once is enough.
  func leave() {
    guard isTaken else { return }
    isTaken = false
    ProxyDescriptors.shared.leave()
    line.leave()
  }
}
