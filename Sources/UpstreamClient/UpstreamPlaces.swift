// How many exchanges with one origin go on at a time. libcurl has such a limit, too, and counts every connection:
// clients that do not read what they asked for would keep all others from the upstream.

/// The exchanges of one client with their upstreams. Confined to its reactor's thread.
final class UpstreamPlaces {
  private struct Origin {
    var taken = 0
    /// The first to come first.
    var waiting: [UpstreamTransfer] = []
  }

  private let limit: Int
  private var origins: [String: Origin] = [:]

  init(limit: Int) { self.limit = limit }

  /// Whether the transfer may begin; else it waits, and hears `hasPlace`.
  func take(_ transfer: UpstreamTransfer) -> Bool {
    let origin = origins[transfer.upstream, default: Origin()]
    let isFree = origin.taken < limit
    if isFree {
      origins[transfer.upstream, default: Origin()].taken += 1
    } else {
      origins[transfer.upstream]?.waiting.append(transfer)
    }
    return isFree
  }

  /// Gives the place of a transfer to the next. From within libcurl, too: that one begins in a later turn.
  func leave(_ upstream: String) {
    guard var origin = origins[upstream] else { return }
    if origin.waiting.isEmpty {
      origin.taken -= 1
      origins[upstream] = origin.taken > 0 ? origin : nil
    } else {
      let next = origin.waiting.removeFirst()
      origins[upstream] = origin
      next.hasPlace()
    }
  }

  /// Those that wait, who wait no longer.
  func removeWaiting() -> [UpstreamTransfer] {
    let waiting = origins.values.flatMap(\.waiting)
    for origin in origins.keys { origins[origin]?.waiting = [] }
    return waiting
  }

  /// The transfer waits no longer.
  func forget(_ transfer: UpstreamTransfer) { origins[transfer.upstream]?.waiting.removeAll { $0 === transfer } }
}
