// Small files in memory, laid out as answers. One thread, one cache: nothing here is shared or locked.
//
// Nothing is believed for long. Each hit is checked by one stat(2) of the path; an entry holds only as long as inode,
// size and both times are what they were when its content was read, and only if they were old enough then to tell a
// later change (FileContent.isSettled). Since the path is looked at from the top, a release directory that was renamed
// or a link that was switched shows at once.
//
// Requests that were read in one turn of the reactor share a check: all of them were sent before the turn began.

import AsyncHTTPServer
import HTTPCore
import Reactor

/// What one thread keeps of the files it serves; `reactor.local { FileCache() }`.
package final class FileCache {
  /// 64 KiB: up to here a copy costs less than the system calls of sendfile(2).
  static let maxFileSize: Int64 = 64 << 10
  /// 16 MiB on each thread: some thousand pages, scripts and icons, and no burden beside a browser on a developer's
  /// machine.
  static let maxBytes = 16 << 20
  /// 4,096: bounds the sweep of an eviction and the entries of empty files.
  static let maxEntries = 4096

  /// One file in one dress: path, route and coding.
  final class Entry {
    let key: UInt64
    let path: [UInt8]
    let dress: UInt64
    /// Where it counts.
    let sum: CachedFileCount
    let response: FileResponse
    /// The whole answer.
    let whole: PreparedResponse
    private(set) lazy var notModified = response.makeNotModified()
    private let status: FileStatus
    private let isSettled: Bool
    private let loadedAt: Int64
    /// The turn of the reactor in which the entry was last known to be current.
    var checkedTurn: UInt64

    /// Second chance for the sweep.
    fileprivate var wasUsed = false
    fileprivate var position = 0
    fileprivate let cost: Int

    init(
      path: PathBuffer, dress: UInt64, response: FileResponse, content: [UInt8], status: FileStatus, isSettled: Bool, loadedAt: Int64,
      turn: UInt64, sum: CachedFileCount
    ) {
      key = path.fingerprint ^ dress
      self.path = path.bytes
      self.dress = dress
      self.sum = sum
      self.response = response
      whole = PreparedResponse(status: response.statusCode, fields: response.fields, body: content)
      self.status = status
      self.isSettled = isSettled
      self.loadedAt = loadedAt
      checkedTurn = turn
      // The content, the path, and about 1 KiB of head, dates and bookkeeping.
      cost = content.count + path.count + 1024
    }

    /// Whether the content is that of a file of this status now. Once a second the answer is no: then the file is
    /// opened again by the rules of containment, which stat(2) does not know.
    func isCurrent(_ status: FileStatus, now: Int64) -> Bool { isSettled && now == loadedAt && status == self.status }
  }

  /// The path of the file being looked for.
  var path = PathBuffer()

  private var entries: [UInt64: Entry] = [:]
  private var ring: [Entry] = []
  private var hand = 0
  private var shares = CacheShares(maxByteCount: FileCache.maxBytes)

  package init() {}

  var count: Int { shares.count }
  var byteCount: Int { shares.byteCount }

  /// The entry of `path` in this dress.
  func entry(dress: UInt64) -> Entry? {
    guard let entry = entries[path.fingerprint ^ dress], entry.dress == dress, path.isSame(as: entry.path) else { return nil }
    entry.wasUsed = true
    return entry
  }

  func insert(_ entry: Entry) {
    // The same file read again, or, once in an age, another one with the same fingerprint.
    if let former = entries[entry.key] { remove(former) }
    while !ring.isEmpty, ring.count >= Self.maxEntries || byteCount + entry.cost > Self.maxBytes { evictOne() }
    entry.position = ring.count
    ring.append(entry)
    entries[entry.key] = entry
    shares.add(entry.cost, to: entry.sum)
  }

  /// CLOCK: the first entry behind the hand that was not used since the hand passed it.
  private func evictOne() {
    while true {
      if hand >= ring.count { hand = 0 }
      let entry = ring[hand]
      if !entry.wasUsed { return remove(entry) }
      entry.wasUsed = false
      hand += 1
    }
  }

  private func remove(_ entry: Entry) {
    entries[entry.key] = nil
    shares.remove(entry.cost, from: entry.sum)
    let last = ring.removeLast()
    guard last !== entry else { return }
    last.position = entry.position
    ring[entry.position] = last
  }

  // MARK: Negotiation

  private var acceptEncoding: [UInt8] = []
  private var negotiationDress: UInt64 = 0
  private var order: [ContentCoding] = []

  /// The codings to look for, best first. Clients send the same field with each request, so the last one is remembered.
  func codings(for value: Span<UInt8>, among available: [ContentCoding], dress: UInt64) -> [ContentCoding] {
    if negotiationDress == dress, isRemembered(value) { return order }
    acceptEncoding = value.copied
    negotiationDress = dress
    order = []
    let text = String(decoding: acceptEncoding, as: UTF8.self)
    while case .coding(let coding) = ContentCoding.choose(
      acceptEncoding: text, among: available.filter { !order.contains($0) })
    {
      order.append(coding)
    }
    return order
  }

  private func isRemembered(_ value: Span<UInt8>) -> Bool {
    guard value.count == acceptEncoding.count else { return false }
    for index in value.indices where value[index] != acceptEncoding[index] { return false }
    return true
  }
}
