// What all threads of the process keep of files together. A thread's cache is its own; only the sum of their sizes is
// shared, and written when a file enters or leaves one, never by a hit.

import Synchronization

/// How much the threads of this process keep in memory of small files and recordings.
///
/// Each thread that serves files has a cache of its own, 16 MiB at most, and one more for recordings. They belong to
/// the threads: a change of the route table keeps them, and they go with the server's threads.
public struct CachedFiles: Sendable, Equatable, CustomStringConvertible {
  /// Files and recordings that are kept, once for each thread that has them.
  public let count: Int
  /// Bytes that they take: their content, and about 1 KiB for each.
  public let byteCount: Int
  /// Bytes beyond which nothing is kept: the bounds of all caches there are now.
  public let maxByteCount: Int

  /// `12 files, 34567 of 16777216 bytes`.
  public var description: String { "\(count) \(count == 1 ? "file" : "files"), \(byteCount) of \(maxByteCount) bytes" }
}

extension RouteTable {
  /// What is kept in memory of small files, by all route tables and threads of this process. From any thread; the
  /// numbers may be a moment apart.
  public static var cachedFiles: CachedFiles { CacheShare.total }
}

/// One cache's part of the sum.
struct CacheShare: ~Copyable {
  private(set) var count = 0
  private(set) var byteCount = 0
  let maxByteCount: Int

  private static let totalCount = Atomic<Int>(0)
  private static let totalByteCount = Atomic<Int>(0)
  private static let totalMaxByteCount = Atomic<Int>(0)

  init(maxByteCount: Int) {
    self.maxByteCount = maxByteCount
    Self.totalMaxByteCount.add(maxByteCount, ordering: .relaxed)
  }

  deinit {
    Self.totalCount.subtract(count, ordering: .relaxed)
    Self.totalByteCount.subtract(byteCount, ordering: .relaxed)
    Self.totalMaxByteCount.subtract(maxByteCount, ordering: .relaxed)
  }

  mutating func add(_ bytes: Int) { change(by: 1, bytes) }

  mutating func remove(_ bytes: Int) { change(by: -1, -bytes) }

  private mutating func change(by entries: Int, _ bytes: Int) {
    count += entries
    byteCount += bytes
    Self.totalCount.add(entries, ordering: .relaxed)
    Self.totalByteCount.add(bytes, ordering: .relaxed)
  }

  static var total: CachedFiles {
    CachedFiles(
      count: totalCount.load(ordering: .relaxed), byteCount: totalByteCount.load(ordering: .relaxed),
      maxByteCount: totalMaxByteCount.load(ordering: .relaxed))
  }
}
