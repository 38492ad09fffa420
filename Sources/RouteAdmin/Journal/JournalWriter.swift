// One worker's way into the journal.

import Synchronization

/// Holds the records of one worker until the journal takes them over.
final class JournalWriter: Sendable {
  private unowned let journal: Journal
  /// The lock is the worker's own, but for the moment in which the journal takes the records.
  private let batch = Mutex(RecordBatch())

  init(_ journal: Journal) { self.journal = journal }

  /// Writes a record.
  @inline(__always)
  func write(_ pieces: RecordPieces) {
    if batch.withLock({ $0.append(pieces) }) { return }
    journal.gather()
    if batch.withLock({ $0.append(pieces) }) { return }
    journal.append(pieces)
  }

  /// Hands the records to `body` and forgets them.
  func take(_ body: (UnsafeRawBufferPointer) -> Void) {
    batch.withLock { batch in
      guard !batch.isEmpty else { return }
      body(batch.records)
      batch.removeAll()
    }
  }
}
