// What the threads keep in memory of files, counted. A thread's cache is its own; only the sums are shared, and they
// are written when a file enters or leaves a cache, never by a hit.

import Synchronization

/// How much the threads keep in memory of the small files and recordings of a route table.
///
/// Each thread that serves files has a cache of its own, 16 MiB at most, and one more for recordings. They belong to
/// the threads: what was cached for a table counts for the one that replaces it, and goes with the server's threads.
public struct CachedFiles: Sendable, Equatable, CustomStringConvertible {
  /// Files and recordings that are kept, once for each thread that has them.
  public let count: Int
  /// Bytes that they take: their content, and about 1 KiB for each.
  public let byteCount: Int
  /// Bytes beyond which nothing is kept: the bounds of all caches that have kept something.
  public let maxByteCount: Int

  /// `12 files, 34567 of 16777216 bytes`.
  public var description: String { "\(count) \(count == 1 ? "file" : "files"), \(byteCount) of \(maxByteCount) bytes" }
}

extension RouteTable {
  /// What is kept in memory of the small files of this table and of those it replaced, by all threads. From any thread;
  /// the numbers may be a moment apart.
  public var cachedFiles: CachedFiles { states.cachedFiles.now }
}

/// The sum of what the caches of all threads keep for one table and those it replaced.
final class CachedFileCount: Sendable {
  private let count = Atomic<Int>(0)
  private let byteCount = Atomic<Int>(0)
  private let maxByteCount = Atomic<Int>(0)

  var now: CachedFiles {
    CachedFiles(
      count: count.load(ordering: .relaxed), byteCount: byteCount.load(ordering: .relaxed),
      maxByteCount: maxByteCount.load(ordering: .relaxed))
  }

  fileprivate func add(_ files: Int, _ bytes: Int, max: Int = 0) {
    count.add(files, ordering: .relaxed)
    byteCount.add(bytes, ordering: .relaxed)
    if max != 0 { maxByteCount.add(max, ordering: .relaxed) }
  }
}

/// What one cache keeps, apart for each sum it belongs to: a thread serves the tables of several servers in a row.
struct CacheShares {
  /// A part of a sum, which goes with the cache.
  private final class Share {
    let sum: CachedFileCount
    let maxByteCount: Int
    var count = 0
    var byteCount = 0

    init(_ sum: CachedFileCount, maxByteCount: Int) {
      self.sum = sum
      self.maxByteCount = maxByteCount
      sum.add(0, 0, max: maxByteCount)
    }

    deinit { sum.add(-count, -byteCount, max: -maxByteCount) }

    func change(by files: Int, _ bytes: Int) {
      count += files
      byteCount += bytes
      sum.add(files, bytes)
    }
  }

  private(set) var count = 0
  private(set) var byteCount = 0
  let maxByteCount: Int
  private var shares: [ObjectIdentifier: Share] = [:]

  init(maxByteCount: Int) { self.maxByteCount = maxByteCount }

  mutating func add(_ bytes: Int, to sum: CachedFileCount) { change(by: 1, bytes, sum) }

  mutating func remove(_ bytes: Int, from sum: CachedFileCount) { change(by: -1, -bytes, sum) }

  private mutating func change(by files: Int, _ bytes: Int, _ sum: CachedFileCount) {
    count += files
    byteCount += bytes
    share(of: sum).change(by: files, bytes)
  }

  private mutating func share(of sum: CachedFileCount) -> Share {
    if let share = shares[ObjectIdentifier(sum)] { return share }
    // Tables that have nothing here any more may be gone.
    shares = shares.filter { $0.value.count > 0 }
    let share = Share(sum, maxByteCount: maxByteCount)
    shares[ObjectIdentifier(sum)] = share
    return share
  }
}
