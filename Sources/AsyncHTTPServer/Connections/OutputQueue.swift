// What waits to be sent on one connection: bytes, and stretches of files, in order.

import Reactor
import SystemPackage

/// The answers of a turn gather in `tail`, so that they leave in one send. Segments exist only once a file is among
/// them, or while the socket is full.
struct OutputQueue {
  private enum Segment {
    case bytes([UInt8])
    case file(FileRegion)
  }

  enum Progress { case drained, blocked, truncated }

  /// Bytes after all segments. Append here.
  var tail: [UInt8] = []
  private var segments: [Segment] = []
  /// Sent of the first segment, or of the tail when there is none.
  private var sentCount = 0
  /// Bytes in segments, not counting files.
  private var segmentByteCount = 0

  /// A turn's share of a file: what one connection may send before the others get their turn.
  private static let fileShare = 2 << 20

  var isEmpty: Bool { tail.isEmpty && segments.isEmpty }

  /// Bytes of memory that wait here.
  var byteCount: Int { segmentByteCount + tail.count - sentCount }

  /// Whether so much waits that no further answer is begun: more than `limit` bytes of memory, or a file, which holds a
  /// descriptor.
  func isFull(limit: Int) -> Bool { !segments.isEmpty || tail.count - sentCount > limit }

  mutating func append(_ file: FileRegion) {
    if !tail.isEmpty {
      segmentByteCount += tail.count
      segments.append(.bytes(tail))
      tail = []
    }
    segments.append(.file(file))
  }

  /// Lends the octets in memory from `start` on, counted from the end of what was queued before the answer: those of
  /// the tail, or of what was the tail until the answer's file was appended.
  func withOctets<R>(from start: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    if tail.isEmpty, segments.count > 1, case .bytes(let bytes) = segments[segments.count - 2] {
      return bytes.withUnsafeBytes { body(.init(rebasing: $0[min(start, $0.count)...])) }
    }
    return tail.withUnsafeBytes { body(.init(rebasing: $0[min(start, $0.count)...])) }
  }

  /// Sends what the socket takes, and adds to `count` how many octets that was.
  mutating func send(to socket: Int32, count: inout Int) throws(Errno) -> Progress {
    if segments.isEmpty, sentCount == 0 {
      // An answer or a few in memory, as nearly always: one call takes them.
      let sent = try tail.span.bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Errno) -> Int in
        try Syscalls.send(socket, bytes) ?? 0
      }
      count += sent
      if sent == tail.count {
        tail.removeAll(keepingCapacity: true)
        return .drained
      }
      sentCount = sent
      return .blocked
    }
    while let first = segments.first {
      switch first {
      case .bytes(let bytes):
        let isLast = segments.count == 1 && tail.isEmpty
        guard try send(bytes, to: socket, more: !isLast, count: &count) else { return .blocked }
        segmentByteCount -= bytes.count
        sentCount = 0
      case .file(let region):
        let before = region.remaining
        let progress = try region.send(to: socket, share: Self.fileShare)
        count += Int(before - region.remaining)
        switch progress {
        case .finished: break
        case .partial, .blocked: return .blocked
        case .truncated: return .truncated
        }
      }
      segments.removeFirst()
    }
    if !tail.isEmpty, try !send(tail, to: socket, more: false, count: &count) { return .blocked }
    sentCount = 0
    tail.removeAll(keepingCapacity: true)
    return .drained
  }

  private mutating func send(_ bytes: [UInt8], to socket: Int32, more: Bool, count: inout Int) throws(Errno) -> Bool {
    while sentCount < bytes.count {
      let start = sentCount
      let sent = try bytes.span.bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws(Errno) -> Int? in
        try Syscalls.send(socket, UnsafeRawBufferPointer(rebasing: buffer[start...]), more: more)
      }
      guard let sent else { return false }
      sentCount += sent
      count += sent
    }
    return true
  }

  mutating func removeAll() { self = OutputQueue() }
}
