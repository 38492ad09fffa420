// A record taken out of the ring, in memory of its own.

import HTTPCore

/// An exchange as it was, secrets and all: what leaves the process is a `ShownExchange`.
struct KeptExchange: Sendable {
  /// Rises by one with each exchange.
  let id: Int
  let header: RecordHeader
  private let bytes: [UInt8]

  /// - Parameter record: as `RecordPieces` writes it.
  init(id: Int, record: UnsafeRawBufferPointer) {
    self.id = id
    header = record.load(as: RecordHeader.self)
    bytes = Array(record)
  }

  /// The id of the route that answered; nil where none did.
  var route: String? { header.routeSize == 0 ? nil : String(decoding: piece(0), as: UTF8.self) }

  /// Empty where the request had none, or the answer carries it.
  var requestID: String { String(decoding: piece(1), as: UTF8.self) }

  /// How the answer came about, in a word; nil where that was not said.
  var outcome: String? { outcomeWords.first }

  /// What the configuration calls the fault that befell the answer; nil for none, or one without a name.
  var fault: String? { outcomeWords.count > 1 ? outcomeWords[1] : nil }

  private var outcomeWords: [String] {
    piece(7).split(separator: 0x20, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The octets of the client's address in network order, 4 or 16 of them; none for the Unix domain.
  var client: ArraySlice<UInt8> { piece(2) }

  /// The head as it was read; of a malformed one the request line.
  var head: ArraySlice<UInt8> { piece(3) }
  /// The first octets of the body.
  var requestBody: ArraySlice<UInt8> { piece(4) }
  /// The status line and the fields as they were sent.
  var answerHead: ArraySlice<UInt8> { piece(5) }
  /// The first octets of the answer's body, without framing.
  var answerBody: ArraySlice<UInt8> { piece(6) }

  /// When the request came.
  var time: RFC3339Time {
    let start = header.endedAt - header.duration
    let seconds = CivilTime.floorDivide(start, 1_000_000)
    return RFC3339Time(seconds: seconds, nanoseconds: Int32(truncatingIfNeeded: start - seconds * 1_000_000) * 1000)
  }

  /// Whether a route answered, or the server had an answer of its own that is not an error: to OPTIONS, for instance.
  var isMatched: Bool { header.routeSize > 0 || !header.isMalformed && header.status < 400 && outcome != "unmatched" }

  private func piece(_ index: Int) -> ArraySlice<UInt8> {
    let sizes: InlineArray<8, Int> = [
      Int(header.routeSize), Int(header.requestIDSize), Int(header.clientSize), Int(header.headSize), Int(header.requestBodySize),
      Int(header.answerHeadSize), Int(header.answerBodySize), Int(header.outcomeSize),
    ]
    var start = MemoryLayout<RecordHeader>.size
    for earlier in 0..<index { start += sizes[earlier] }
    return bytes[start..<start + sizes[index]]
  }
}
