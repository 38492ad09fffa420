// Small recordings in memory, laid out as answers, one cache for each thread: a hit costs two stat(2) and no reading of
// YAML.
//
// The rules are FileCache's. An entry holds as long as body and head are the files they were, if they were old enough
// when they were read to show a later change; and for one second, after which the recording is looked up again by all
// the rules. Requests that were read in one turn of the reactor share a check: all of them were sent before the turn
// began.

import AsyncHTTPServer
import Glibc
import HTTPCore
import Reactor
import Recordings

/// What one thread keeps of the recordings it serves; `reactor.local { RecordingCache() }`.
final class RecordingCache {
  /// What is looked for: the route, the target as it came, the fields of the route's key and those of the client's
  /// credentials.
  fileprivate struct Sought {
    var fingerprint: UInt64 = 0
    var identity: UInt64 = 0
    var target: [UInt8] = []
    var fields: [UInt8] = []
  }

  final class Entry {
    fileprivate let sought: Sought
    fileprivate let loadedAt: Int64
    private let bodyPath: PathBuffer
    private let bodyStatus: FileStatus
    private let headPath: PathBuffer?
    private let headStatus: FileStatus?
    private let isSettled: Bool
    /// The turn of the reactor in which the entry was last known to be current.
    private var checkedTurn: UInt64
    let response: FileResponse
    let recordedAt: Int64
    /// The request fields that the recording varies by, and what they were; nothing for nearly all.
    fileprivate let vary: [RecordingKey.Header]
    private let whole: PreparedResponse
    private lazy var notModified = response.makeNotModified()
    fileprivate let cost: Int
    /// Where it counts.
    fileprivate let sum: CachedFileCount

    fileprivate init(
      _ sought: Sought, _ response: FileResponse, _ content: [UInt8], _ recording: Recording, bodyStatus: FileStatus, store: RecordingStore,
      clock: Int64, now: Int64, turn: UInt64, sum: CachedFileCount
    ) {
      self.sum = sum
      self.sought = sought
      self.response = response
      vary = recording.head?.head.recordedKey?.vary ?? []
      loadedAt = now
      checkedTurn = turn
      recordedAt = recording.recordedAt
      bodyPath = Self.path(store, recording.body?.path ?? "")
      self.bodyStatus = bodyStatus
      headPath = recording.head.map { Self.path(store, $0.path) }
      headStatus = recording.head?.status
      isSettled =
        FileContent.isSettled(bodyStatus, at: clock) && (recording.head.map { FileContent.isSettled($0.status, at: clock) } ?? true)
      whole = PreparedResponse(status: response.statusCode, fields: response.fields, body: content)
      // The content, what is looked for, two paths, and about 1 KiB of head and bookkeeping.
      cost = content.count + sought.target.count + sought.fields.count + bodyPath.count * 2 + 1024
    }

    private static func path(_ store: RecordingStore, _ relative: String) -> PathBuffer {
      var buffer = PathBuffer()
      buffer.append(store.absolute(relative))
      return buffer
    }

    fileprivate func isCurrent(now: Int64, turn: UInt64) -> Bool {
      if checkedTurn == turn { return true }
      guard isSettled, now == loadedAt, let body = try? bodyPath.status(), body == bodyStatus else { return false }
      if let headPath, (try? headPath.status()) != headStatus { return false }
      checkedTurn = turn
      return true
    }

    fileprivate func isAbout(_ identity: UInt64, _ target: Span<UInt8>, _ fields: [UInt8]) -> Bool {
      guard sought.identity == identity, sought.target.count == target.count, sought.fields == fields else { return false }
      return target.withUnsafeBytes { target in
        sought.target.withUnsafeBytes { own in target.isEmpty || memcmp(target.baseAddress!, own.baseAddress!, target.count) == 0 }
      }
    }

    /// Whether it differs from another in the values of the fields that both vary by.
    fileprivate func isAlike(_ other: Entry) -> Bool {
      sought.identity == other.sought.identity && sought.target == other.sought.target && sought.fields == other.sought.fields
        && vary.map(\.name) == other.vary.map(\.name)
    }

    /// Nil for what needs the bytes: a part of the content, or an explanation.
    func answer(_ request: borrowing RequestValues) -> Answer? {
      if !FileResponse.isConditional(request.head) { return .prepared(whole) }
      switch response.decide(request.head, request.bytes, now: request.now) {
      case .whole: return .prepared(whole)
      case .notModified: return .prepared(notModified)
      case .preconditionFailed, .parts, .unsatisfiable: return nil
      }
    }
  }

  /// 16 MiB and 4,096 entries on each thread, as for plain files.
  static let maxBytes = FileCache.maxBytes
  static let maxEntries = FileCache.maxEntries

  private var entries: [UInt64: Entry] = [:]
  /// The oldest first, from `first` on: an entry lives a second, so age is as good a rule as use.
  private var order: [UInt64] = []
  private var first = 0
  private var shares = CacheShares(maxByteCount: FileCache.maxBytes)

  /// What `current` did not find, for `insert`.
  private var sought = Sought()
  /// The fields of the key of the request at hand.
  private var fields: [UInt8] = []

  /// The entry that answers this request of the route, if it still holds. Else it is remembered what was looked for.
  func current(
    _ identity: UInt64, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ headers: [String], credentials: [String], now: Int64,
    turn: UInt64
  ) -> Entry? {
    let target = bytes.extracting(head.path.lowerBound..<max(head.path.upperBound, head.query?.upperBound ?? 0))
    var hash = Fingerprint(seed: identity)
    target.withUnsafeBytes { hash.add($0) }
    if !fields.isEmpty { fields.removeAll(keepingCapacity: true) }
    if !headers.isEmpty { readFields(head, bytes, headers) }
    // Most requests have no credentials.
    if !credentials.isEmpty, credentials.count > 2 || head.has(.authorization) || head.has(.cookie) { readFields(head, bytes, credentials) }
    if !fields.isEmpty { fields.withUnsafeBytes { hash.add($0) } }
    if var entry = entries[hash.value], entry.isAbout(identity, target, fields) {
      var isVariant = true
      if !entry.vary.isEmpty {
        let own = entry.vary.map {
          RecordingKey.Header(name: $0.name, value: head.forwardedValue(ofField: $0.name, in: bytes))
        }
        if own != entry.vary, let other = entries[Self.fingerprint(hash, own)] { entry = other }
        isVariant = own == entry.vary && entry.isAbout(identity, target, fields)
      }
      if isVariant, entry.isCurrent(now: now, turn: turn) { return entry }
    }
    sought = Sought(fingerprint: hash.value, identity: identity, target: target.copied, fields: fields)
    return nil
  }

  /// Where a variant is kept beside the first that was found.
  private static func fingerprint(_ hash: Fingerprint, _ vary: [RecordingKey.Header]) -> UInt64 {
    var hash = hash
    for field in vary {
      for text in [field.name, field.value ?? ""] { Array(text.utf8).withUnsafeBytes { hash.add($0) } }
    }
    return hash.value
  }

  /// What is inserted next takes the place of this entry.
  func replace(_ entry: Entry) { sought = entry.sought }

  private func readFields(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ headers: [String]) {
    for name in headers {
      let known = KnownField(name)
      for field in head.fields where field.field == known {
        // Fields without a name of their own go in whole: an entry too many does no harm.
        fields.append(0)
        if known == .other { append(bytes.extracting(field.name)) }
        fields.append(0)
        append(bytes.extracting(field.value))
      }
      fields.append(0)
    }
  }

  private func append(_ span: Span<UInt8>) { span.withUnsafeBufferPointer { fields.append(contentsOf: $0) } }

  func insert(
    _ response: FileResponse, _ content: [UInt8], _ recording: Recording, bodyStatus: FileStatus, store: RecordingStore, clock: Int64,
    now: Int64, turn: UInt64, sum: CachedFileCount
  ) {
    let entry = Entry(
      sought, response, content, recording, bodyStatus: bodyStatus, store: store, clock: clock, now: now, turn: turn, sum: sum)
    var fingerprint = sought.fingerprint
    if let first = entries[fingerprint], !entry.vary.isEmpty, first.vary != entry.vary, first.isAlike(entry) {
      fingerprint = Self.fingerprint(Fingerprint(continuing: fingerprint), entry.vary)
    }
    if let former = entries.updateValue(entry, forKey: fingerprint) {
      shares.remove(former.cost, from: former.sum)
    } else {
      order.append(fingerprint)
    }
    shares.add(entry.cost, to: entry.sum)
    while first < order.count - 1, entries.count > Self.maxEntries || shares.byteCount > Self.maxBytes {
      if let evicted = entries.removeValue(forKey: order[first]) { shares.remove(evicted.cost, from: evicted.sum) }
      first += 1
    }
    if first > Self.maxEntries {
      order.removeFirst(first)
      first = 0
    }
  }
}
