// Which worker a new connection goes to.

/// Chooses the worker with the fewest connections. Confined to the acceptor's thread.
struct WorkerChoice {
  private let workers: [Worker]
  /// Connections given to each worker so far.
  private var assignedCounts: [Int]

  init(_ workers: [Worker]) {
    self.workers = workers
    assignedCounts = workers.map { _ in 0 }
  }

  /// The worker for the next connection. Assigned connections count at once, though their worker has not seen them yet.
  mutating func next() -> Worker {
    guard workers.count > 1 else { return workers[0] }
    var best = 0
    var bestLoad = Int.max
    for (index, worker) in workers.enumerated() {
      let load = max(worker.counters.open.read(), worker.counters.open.read() + assignedCounts[index] - worker.counters.accepted.read())
      if load < bestLoad { (best, bestLoad) = (index, load) }
    }
    assignedCounts[best] += 1
    return workers[best]
  }

  /// The workers, the one with the most connections first.
  var byLoad: [Worker] { workers.sorted { $0.counters.open.read() > $1.counters.open.read() } }
}
