// What one worker has written since its records were last taken. Workers share no lock this way: each has its own,
// which another thread takes only when an operator asks or a batch is full.

/// Records one after the other, in a buffer of fixed size.
struct RecordBatch: ~Copyable {
  /// Some 150 small exchanges; a larger record goes to the ring directly.
  static let capacity = 65_536

  private let storage = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: RecordPieces.alignment)
  private var end = 0

  deinit { storage.deallocate() }

  var isEmpty: Bool { end == 0 }

  /// Writes a record; false where there is no room for it.
  @inline(__always)
  mutating func append(_ pieces: RecordPieces) -> Bool {
    guard Self.capacity - end >= pieces.size else { return false }
    pieces.write(to: storage + end)
    end += pieces.size
    return true
  }

  /// The records, which live until the next change.
  var records: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: end) }

  mutating func removeAll() { end = 0 }
}

/// The records of a buffer, in order.
struct RecordSequence: Sequence, IteratorProtocol {
  private let buffer: UnsafeRawBufferPointer
  private var position = 0

  init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  mutating func next() -> UnsafeRawBufferPointer? {
    guard position < buffer.count else { return nil }
    let size = Int(buffer.load(fromByteOffset: position, as: RecordHeader.self).size)
    defer { position += size }
    return UnsafeRawBufferPointer(rebasing: buffer[position..<position + size])
  }
}
