// The records that are kept: one block of memory, in which a new record takes the room of the oldest. What the journal
// takes is known from the start, and nothing is allocated for a request.

/// A ring of records, bounded by their number and by their octets; whichever bound is reached first drops the oldest.
struct JournalRing: ~Copyable {
  let maxEntries: Int
  let maxBytes: Int
  /// The id of the oldest record; `nextID` where there is none.
  private(set) var firstID = 1
  /// The id of the next record. Ids rise by one and are never used again.
  private(set) var nextID = 1
  /// The highest id that an operator has deleted, 0 for none.
  private(set) var deletedID = 0
  /// Octets of the records.
  private(set) var usedBytes = 0

  /// The kernel backs the block with memory where it is written, so that a quiet journal takes little.
  private let storage: UnsafeMutableRawPointer
  /// Where the record of an id begins, by the id's remainder.
  private let offsets: UnsafeMutablePointer<Int>
  /// Where the next record goes, if it fits.
  private var end = 0

  init(maxEntries: Int, maxBytes: Int) {
    precondition(maxEntries > 0 && maxBytes > 0)
    self.maxEntries = maxEntries
    self.maxBytes = maxBytes
    storage = .allocate(byteCount: maxBytes, alignment: RecordPieces.alignment)
    offsets = .allocate(capacity: maxEntries)
    offsets.initialize(repeating: 0, count: maxEntries)
  }

  deinit {
    storage.deallocate()
    offsets.deallocate()
  }

  var count: Int { nextID - firstID }

  /// How many records with an id above `id` are gone, but for those that were deleted.
  func lost(after id: Int = 0) -> Int { max(0, firstID - 1 - max(id, deletedID)) }

  /// Keeps a record.
  mutating func append(_ pieces: RecordPieces) {
    guard let place = makeRoom(for: pieces.size) else { return }
    pieces.write(to: place)
  }

  /// Keeps a record that was written elsewhere.
  mutating func append(record: UnsafeRawBufferPointer) {
    guard let source = record.baseAddress, let place = makeRoom(for: record.count) else { return }
    place.copyMemory(from: source, byteCount: record.count)
  }

  /// Calls `body` with the octets of a record, which live as long as the call; nil for a record that is not there.
  func withRecord<R>(_ id: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
    guard id >= firstID, id < nextID else { return nil }
    let start = storage + offsets[id % maxEntries]
    return body(UnsafeRawBufferPointer(start: start, count: Int(start.load(as: RecordHeader.self).size)))
  }

  /// Forgets all records. The ids go on.
  mutating func removeAll() {
    firstID = nextID
    deletedID = nextID - 1
    usedBytes = 0
    end = 0
  }

  // MARK: Room

  /// Drops records until one of so many octets fits, and gives it an id. Nil where it never fits: then it is lost with
  /// those before it.
  private mutating func makeRoom(for size: Int) -> UnsafeMutableRawPointer? {
    guard size <= maxBytes else {
      nextID += 1
      firstID = nextID
      usedBytes = 0
      return nil
    }
    if count == maxEntries { dropFirst() }
    while !fits(size) { dropFirst() }
    offsets[nextID % maxEntries] = end
    nextID += 1
    usedBytes += size
    defer { end += size }
    return storage + end
  }

  /// Whether a record of so many octets fits where `end` is, or at the front, to which `end` moves then.
  private mutating func fits(_ size: Int) -> Bool {
    if count == 0 {
      end = 0
      return true
    }
    let start = offsets[firstID % maxEntries]
    // The records lie in one piece, and the rest of the block is behind and before them.
    if end > start {
      if maxBytes - end >= size { return true }
      guard start >= size else { return false }
      end = 0
      return true
    }
    // They go round the block's end: what is free lies between the newest and the oldest.
    return start - end >= size
  }

  private mutating func dropFirst() {
    let start = storage + offsets[firstID % maxEntries]
    usedBytes -= Int(start.load(as: RecordHeader.self).size)
    firstID += 1
  }
}
