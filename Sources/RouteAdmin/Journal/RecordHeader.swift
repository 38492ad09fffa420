// An exchange as octets: a header of fixed size, then its pieces one after the other. A worker writes it with a few
// copies; text is made of it when an operator asks.

/// What stands in front of the pieces of a record. Trivial, so that it can be copied in and out of raw memory.
struct RecordHeader: Equatable, Sendable {
  /// Octets of the whole record, header and padding included.
  var size: UInt32 = 0
  /// Octets of the pieces, in the order in which they stand.
  var routeSize: UInt16 = 0
  var requestIDSize: UInt16 = 0
  var clientSize: UInt16 = 0
  var status: UInt16 = 0
  var headSize: UInt32 = 0
  var requestBodySize: UInt32 = 0
  var answerHeadSize: UInt32 = 0
  var answerBodySize: UInt32 = 0
  var outcomeSize: UInt16 = 0
  /// Whether the head could not be read as a request.
  var isMalformed = false
  /// When the answer was complete, in microseconds since 1970.
  var endedAt: Int64 = 0
  /// In microseconds.
  var duration: Int64 = 0
  /// Octets of the bodies as they travelled, kept or not.
  var receivedBytes: Int64 = 0
  var sentBytes: Int64 = 0
}

/// The pieces of a record that is about to be written. The buffers live as long as the call that they are made for, and
/// are copied within it: that is what makes it Sendable into a lock.
struct RecordPieces: @unchecked Sendable {
  /// Records begin at multiples of this.
  static let alignment = 8

  private(set) var header: RecordHeader
  private let route: UnsafeRawBufferPointer
  private let requestID: UnsafeRawBufferPointer
  private let client: UnsafeRawBufferPointer
  private let head: UnsafeRawBufferPointer
  private let requestBody: UnsafeRawBufferPointer
  private let answerHead: UnsafeRawBufferPointer
  private let answerBody: UnsafeRawBufferPointer
  private let outcome: UnsafeRawBufferPointer

  /// Takes the sizes of the pieces into the header.
  @inline(__always)
  init(
    _ header: RecordHeader, route: UnsafeRawBufferPointer, requestID: UnsafeRawBufferPointer, client: UnsafeRawBufferPointer,
    head: UnsafeRawBufferPointer, requestBody: UnsafeRawBufferPointer, answerHead: UnsafeRawBufferPointer,
    answerBody: UnsafeRawBufferPointer, outcome: UnsafeRawBufferPointer
  ) {
    self.header = header
    // An id has at most 100 characters where it is given, and is a method and a path of 8 KiB where it is made.
    self.route = UnsafeRawBufferPointer(rebasing: route.prefix(Int(UInt16.max)))
    self.requestID = UnsafeRawBufferPointer(rebasing: requestID.prefix(Int(UInt16.max)))
    self.client = client
    self.head = head
    self.requestBody = requestBody
    self.answerHead = answerHead
    self.answerBody = answerBody
    self.outcome = outcome
    self.header.routeSize = UInt16(truncatingIfNeeded: self.route.count)
    self.header.requestIDSize = UInt16(truncatingIfNeeded: self.requestID.count)
    self.header.clientSize = UInt16(truncatingIfNeeded: client.count)
    self.header.headSize = UInt32(truncatingIfNeeded: head.count)
    self.header.requestBodySize = UInt32(truncatingIfNeeded: requestBody.count)
    self.header.answerHeadSize = UInt32(truncatingIfNeeded: answerHead.count)
    self.header.answerBodySize = UInt32(truncatingIfNeeded: answerBody.count)
    self.header.outcomeSize = UInt16(truncatingIfNeeded: outcome.count)
    let size =
      MemoryLayout<RecordHeader>.size + self.route.count + self.requestID.count + client.count + head.count + requestBody.count
      + answerHead.count + answerBody.count + outcome.count
    self.header.size = UInt32(truncatingIfNeeded: (size + Self.alignment - 1) & ~(Self.alignment - 1))
  }

  /// Octets that the record takes.
  var size: Int { Int(header.size) }

  /// Writes the record to `destination`, which is aligned and has room for `size` octets.
  @inline(__always)
  func write(to destination: UnsafeMutableRawPointer) {
    destination.storeBytes(of: header, as: RecordHeader.self)
    var end = destination + MemoryLayout<RecordHeader>.size
    let pieces: InlineArray<8, UnsafeRawBufferPointer> = [
      route, requestID, client, head, requestBody, answerHead, answerBody, outcome,
    ]
    for index in pieces.indices {
      guard let source = pieces[index].baseAddress else { continue }
      end.copyMemory(from: source, byteCount: pieces[index].count)
      end += pieces[index].count
    }
  }
}
