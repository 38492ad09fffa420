// Feeds octets to the parsers as a connection would, in any pieces, and writes down what they understood.

import HTTPCore
import VectorSupport

struct VectorRunner {
  private enum Stage {
    case head
    case length(UInt64)
    case chunked(ChunkedDecoder)
    /// Refused, or after the last request: nothing more is read.
    case over
  }

  private(set) var events: [String] = []
  private var parser = HeadParser()
  private var stage = Stage.head
  private var pending: [UInt8] = []
  private var data: [UInt8] = []

  /// What is understood of octets that arrive in these pieces.
  static func events(of pieces: [ArraySlice<UInt8>]) -> [String] {
    var runner = VectorRunner()
    for piece in pieces { runner.receive(piece) }
    runner.finish()
    return runner.events
  }

  private mutating func receive(_ piece: ArraySlice<UInt8>) {
    pending += piece
    while step() {}
  }

  /// Takes what it can from the pending octets; true if another part of the exchange may follow.
  private mutating func step() -> Bool {
    switch stage {
    case .head:
      if pending.isEmpty { return false }
      let bytes = pending
      do throws(HeadError) {
        guard try parser.parse(bytes.span) else { return false }
      } catch {
        fail(error, status: error.status)
        return false
      }
      describe(parser.head)
      pending.removeFirst(parser.head.byteCount)
      switch parser.head.framing {
      case .none: endMessage()
      case .length(let length): stage = .length(length)
      case .chunked: stage = .chunked(ChunkedDecoder())
      }
      return true
    case .length(let length):
      let count = min(Int(length), pending.count)
      data += pending.prefix(count)
      pending.removeFirst(count)
      stage = .length(length - UInt64(count))
      if count < length { return false }
      endMessage()
      return true
    case .chunked(var decoder):
      var offset = 0
      while true {
        do throws(ChunkError) {
          switch try decoder.next(pending.span, from: &offset) {
          case .data(let range):
            data += pending[range]
          case .needMore:
            pending = []
            stage = .chunked(decoder)
            return false
          case .end:
            pending.removeFirst(offset)
            endMessage(trailers: decoder.trailers)
            return true
          }
        } catch {
          fail(error, status: error.status)
          return false
        }
      }
    case .over:
      pending = []
      return false
    }
  }

  private mutating func finish() {
    flushData()
    switch stage {
    case .over: break
    case .head: if !pending.isEmpty { events.append("partial head") }
    case .length, .chunked: events.append("partial body")
    }
  }

  private mutating func endMessage(trailers: [FieldLine] = []) {
    flushData()
    for trailer in trailers { events.append("trailer \(trailer.name): \(trailer.value)") }
    events.append("end")
    stage = parser.head.persists ? .head : .over
    parser.reset()
  }

  private mutating func fail(_ error: some Error, status: Int) {
    flushData()
    // `missingHost` is the only case without a position or a limit.
    let mirror = Mirror(reflecting: error)
    let name = mirror.children.first?.label ?? "missingHost"
    let payload =
      mirror.children.first.map { Mirror(reflecting: $0.value).children.map { "\($0.label ?? ""): \($0.value)" }.joined() } ?? ""
    events.append("error \(status) \(name)" + (payload.isEmpty ? "" : "(\(payload))"))
    stage = .over
  }

  private mutating func flushData() {
    if !data.isEmpty { events.append("data \(Vector.printable(data))") }
    data = []
  }

  /// Facts that are as usual are not written: origin form, a canonical path, a connection that persists.
  private mutating func describe(_ head: RequestHead) {
    func text(_ range: Range<Int>) -> String { Vector.printable(Array(pending[range])) }
    events.append("request \(text(head.method)) \(text(head.target)) HTTP/\(head.version.major).\(head.version.minor)")
    if head.targetForm != .origin { events.append("\(head.targetForm) form") }
    if head.schemeIsHTTPS { events.append("scheme https") }
    if let host = head.host { events.append("host \(text(host))") }
    if head.path != head.target { events.append("path \(text(head.path))") }
    if !head.pathIsCanonical { events.append("path is not canonical") }
    if let query = head.query { events.append("query \(text(query))") }
    for line in head.fields where line.field != .host { events.append("field \(text(line.name)): \(text(line.value))") }
    if head.connectionOptions.contains(.close) { events.append("option close") }
    if head.connectionOptions.contains(.keepAlive) { events.append("option keep-alive") }
    if head.connectionOptions.contains(.upgrade) { events.append("option upgrade") }
    if head.expectsContinue { events.append("expects continue") }
    switch head.framing {
    case .none: break
    case .length(let length): events.append("body \(length)")
    case .chunked: events.append("body chunked")
    }
    if !head.persists { events.append("closes") }
  }
}
