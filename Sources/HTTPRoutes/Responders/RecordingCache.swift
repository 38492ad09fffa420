// Small recordings in memory, laid out as answers, one cache for each thread: a hit costs two stat(2) and no reading of YAML.
//
// The rules are FileCache's. An entry holds as long as body and head are the files they were, if they were old enough when they were read
// to show a later change; and for one second, after which the recording is looked up again by all the rules.

import AsyncHTTPServer
import HTTPCore
import Reactor
import Synchronization

/// What one thread keeps of the recordings it serves; `reactor.local { RecordingCache() }`.
final class RecordingCache {
  final class Entry {
    fileprivate let key: [UInt8]
    fileprivate let loadedAt: Int64
    private let bodyPath: PathBuffer
    private let bodyStatus: FileStatus
    private let headPath: PathBuffer?
    private let headStatus: FileStatus?
    private let isSettled: Bool
    let response: FileResponse
    let recordedAt: Int64
    private let whole: PreparedResponse
    private lazy var notModified = response.makeNotModified()
    fileprivate let cost: Int

    fileprivate init(
      key: [UInt8], _ response: FileResponse, _ content: [UInt8], _ recording: Recording, bodyStatus: FileStatus, store: RecordingStore,
      clock: Int64, now: Int64
    ) {
      self.key = key
      self.response = response
      loadedAt = now
      recordedAt = recording.recordedAt
      bodyPath = Self.path(store, recording.body?.path ?? "")
      self.bodyStatus = bodyStatus
      headPath = recording.head.map { Self.path(store, $0.path) }
      headStatus = recording.head?.status
      isSettled =
        FileContent.isSettled(bodyStatus, at: clock) && (recording.head.map { FileContent.isSettled($0.status, at: clock) } ?? true)
      whole = PreparedResponse(status: response.statusCode, fields: response.fields, body: content)
      // The content, the key, two paths, and about 1 KiB of head and bookkeeping.
      cost = content.count + key.count + bodyPath.count * 2 + 1024
    }

    private static func path(_ store: RecordingStore, _ relative: String) -> PathBuffer {
      var buffer = PathBuffer()
      buffer.append(store.absolute(relative))
      return buffer
    }

    fileprivate func isCurrent(now: Int64) -> Bool {
      guard isSettled, now == loadedAt, let body = try? bodyPath.status(), body == bodyStatus else { return false }
      guard let headPath else { return true }
      return (try? headPath.status()) == headStatus
    }

    /// Nil for what needs the bytes: a part of the content, or an explanation.
    func answer(_ decision: FileResponse.Decision) -> Answer? {
      switch decision {
      case .whole: .prepared(whole)
      case .notModified: .prepared(notModified)
      case .preconditionFailed, .parts, .unsatisfiable: nil
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
  private(set) var byteCount = 0

  /// What is looked for: the route, the target as it came, the fields of the key.
  private var key: [UInt8] = []
  private var fingerprint: UInt64 = 0

  private static let nextIdentity = Atomic<UInt64>(1)

  static func makeIdentity() -> UInt64 { nextIdentity.add(1, ordering: .relaxed).oldValue }

  /// Says what `current` and `insert` are about.
  func look(_ identity: UInt64, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ headers: [String]) {
    key.removeAll(keepingCapacity: true)
    withUnsafeBytes(of: identity) { key.append(contentsOf: $0) }
    append(bytes.extracting(head.path))
    if let query = head.query {
      key.append(UInt8(ascii: "?"))
      append(bytes.extracting(query))
    }
    for name in headers {
      let known = KnownField(name)
      for field in head.fields where field.field == known {
        // Fields without a name of their own go in whole: an entry too many does no harm.
        key.append(0)
        if known == .other { append(bytes.extracting(field.name)) }
        key.append(0)
        append(bytes.extracting(field.value))
      }
      key.append(0)
    }
    var hash = Fingerprint()
    key.withUnsafeBytes { hash.add($0) }
    fingerprint = hash.value
  }

  private func append(_ span: Span<UInt8>) { span.withUnsafeBufferPointer { key.append(contentsOf: $0) } }

  func current(now: Int64) -> Entry? {
    guard let entry = entries[fingerprint], entry.key == key, entry.isCurrent(now: now) else { return nil }
    return entry
  }

  func insert(
    _ response: FileResponse, _ content: [UInt8], _ recording: Recording, bodyStatus: FileStatus, store: RecordingStore, clock: Int64,
    now: Int64
  ) {
    let entry = Entry(
      key: key, response, content, recording, bodyStatus: bodyStatus, store: store, clock: clock, now: now)
    if let former = entries.updateValue(entry, forKey: fingerprint) {
      byteCount -= former.cost
    } else {
      order.append(fingerprint)
    }
    byteCount += entry.cost
    while first < order.count - 1, entries.count > Self.maxEntries || byteCount > Self.maxBytes {
      if let evicted = entries.removeValue(forKey: order[first]) { byteCount -= evicted.cost }
      first += 1
    }
    if first > Self.maxEntries {
      order.removeFirst(first)
      first = 0
    }
  }
}
