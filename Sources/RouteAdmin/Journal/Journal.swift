// The journal: the last exchanges, as many as its bounds allow.
//
//   worker: JournalObserver ──▶ JournalWriter (a batch of its own) ──┐
//   worker: JournalObserver ──▶ JournalWriter ───────────────────────┴─▶ JournalRing ──▶ KeptExchange ──▶ ShownExchange
//                                                     when an operator asks, or a batch is full     secrets taken out
//
// What a request costs is a few copies into the batch of its worker. Heads are read into fields, bodies into JSON and
// everything into text on the thread of the admin listener, when an operator asks.

package import HTTPRoutes
import Synchronization

/// The last exchanges of a server. May be asked from any thread.
package final class Journal: Sendable {
  /// Octets that are kept of each body.
  let maxBodyBytes: Int
  private let ring: Mutex<JournalRing>
  private let writers = Mutex<[JournalWriter]>([])
  private let rules: Mutex<JournalRedaction>
  /// Clients that wait for entries.
  private let feeds = Mutex(0)

  package init(_ settings: JournalSettings) {
    maxBodyBytes = settings.bodies
    ring = Mutex(JournalRing(maxEntries: settings.entries, maxBytes: Int(settings.bytes)))
    rules = Mutex(JournalRedaction(settings))
  }

  /// The journal for other settings, after a reload: this one where its bounds are the same, so that nothing is
  /// forgotten; what is redacted is so from now on.
  package func adopting(_ settings: JournalSettings) -> Journal {
    let isSame = ring.withLock { $0.maxEntries == settings.entries && $0.maxBytes == Int(settings.bytes) }
    guard isSame, maxBodyBytes == settings.bodies else { return Journal(settings) }
    rules.withLock { $0 = JournalRedaction(settings) }
    return self
  }

  /// What is not shown.
  var redaction: JournalRedaction { rules.withLock { $0 } }

  // MARK: Writing

  /// What one worker writes with.
  func makeWriter() -> JournalWriter {
    let writer = JournalWriter(self)
    writers.withLock { $0.append(writer) }
    return writer
  }

  /// Takes over what a worker that ends has written, and lets go of its writer.
  func forget(_ writer: JournalWriter) {
    gather()
    writers.withLock { $0.removeAll { $0 === writer } }
  }

  /// Takes over what the workers have written. The records of several are put in the order of their time.
  func gather() {
    let writers = writers.withLock { $0 }
    ring.withLock { ring in
      guard writers.count > 1 else {
        writers.first?.take { RecordSequence($0).forEach { ring.append(record: $0) } }
        return
      }
      var batches: [[UInt8]] = []
      var records: [(time: Int64, batch: Int, range: Range<Int>)] = []
      for writer in writers {
        writer.take { batch in
          var start = 0
          for record in RecordSequence(batch) {
            let header = record.load(as: RecordHeader.self)
            records.append((header.endedAt, batches.count, start..<start + record.count))
            start += record.count
          }
          batches.append(Array(batch))
        }
      }
      // Those of one worker stay in its order.
      records.sort { ($0.time, $0.batch, $0.range.lowerBound) < ($1.time, $1.batch, $1.range.lowerBound) }
      for record in records {
        batches[record.batch].withUnsafeBytes { ring.append(record: UnsafeRawBufferPointer(rebasing: $0[record.range])) }
      }
    }
  }

  /// Keeps a record that no batch has room for.
  func append(_ pieces: RecordPieces) { ring.withLock { $0.append(pieces) } }

  // MARK: Feeds

  var hasRoomForFeed: Bool { feeds.withLock { $0 < JournalFeed.maxFeeds } }

  /// Takes a place for a client that waits; false where there is none.
  func takeFeed() -> Bool {
    feeds.withLock { feeds in
      guard feeds < JournalFeed.maxFeeds else { return false }
      feeds += 1
      return true
    }
  }

  func giveBackFeed() { feeds.withLock { $0 -= 1 } }

  // MARK: Reading

  /// How much is kept.
  package struct Figures: Sendable {
    package let entries: Int
    package let bytes: Int
    /// Entries that made room for others, deleted ones not counted.
    package let lost: Int
  }

  package var figures: Figures {
    gather()
    return ring.withLock { Figures(entries: $0.count, bytes: $0.usedBytes, lost: $0.lost()) }
  }

  /// The ids that are kept.
  var ids: Range<Int> {
    gather()
    return ring.withLock { $0.firstID..<$0.nextID }
  }

  /// Entries with higher ids that have made room for others.
  func lost(after id: Int = 0) -> Int { ring.withLock { $0.lost(after: id) } }

  /// One entry; nil where it is not kept, or not any more.
  func exchange(_ id: Int) -> KeptExchange? {
    ring.withLock { ring in ring.withRecord(id) { KeptExchange(id: id, record: $0) } }
  }

  /// Forgets all entries, and answers how many there were.
  package func removeAll() -> Int {
    gather()
    return ring.withLock { ring in
      defer { ring.removeAll() }
      return ring.count
    }
  }
}

extension JournalRedaction {
  init(_ settings: JournalSettings) { self.init(headers: settings.redactHeaders, paths: settings.redactJSON) }
}
