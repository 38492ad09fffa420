import HTTPCore
import Testing

@Suite struct ChunkedDecoderTests {
  private func events(_ text: String, limits: ChunkLimits = ChunkLimits()) throws(ChunkError) -> [ChunkedDecoder.Event] {
    var decoder = ChunkedDecoder(limits: limits)
    let bytes = Array(text.utf8)
    var offset = 0
    var events: [ChunkedDecoder.Event] = []
    while true {
      let event = try decoder.next(bytes.span, from: &offset)
      events.append(event)
      if event == .end || event == .needMore { return events }
    }
  }

  @Test func `data is named by ranges of what was passed`() throws {
    #expect(try events("5\r\nhello\r\n0\r\n\r\n") == [.data(3..<8), .end])
    #expect(try events("1\r\na\r\n2\r\nbc\r\n") == [.data(3..<4), .data(9..<11), .needMore])
    #expect(try events("") == [.needMore])
  }

  @Test func `data that arrives in pieces is named in pieces`() throws {
    var decoder = ChunkedDecoder()
    let first = Array("xxA\r\nabc".utf8)
    let second = Array("defghij\r\n0\r\n\r\nGET".utf8)
    var offset = 2
    #expect(try decoder.next(first.span, from: &offset) == .data(5..<8))
    #expect(try decoder.next(first.span, from: &offset) == .needMore)
    offset = 0
    #expect(try decoder.next(second.span, from: &offset) == .data(0..<7))
    #expect(try decoder.next(second.span, from: &offset) == .end)
    #expect(offset == second.count - 3)
    #expect(try decoder.next(second.span, from: &offset) == .end)
    #expect(offset == second.count - 3, "what follows the body is not touched")
  }

  @Test func `a limit of the configuration is the one that counts`() throws {
    let limits = ChunkLimits(chunkExtensions: 4, totalExtensions: 6, trailerBytes: 5, trailers: 1)
    #expect(try events("0;abc\r\n\r\n", limits: limits) == [.end])
    #expect(throws: ChunkError.extensionsTooLong(limit: 4)) { try events("0;abcd\r\n\r\n", limits: limits) }
    #expect(throws: ChunkError.extensionsTooLong(limit: 6)) { try events("1;abc\r\nx\r\n0;ab\r\n\r\n", limits: limits) }
    #expect(try events("0\r\nA: bc\r\n\r\n", limits: limits) == [.end])
    #expect(throws: ChunkError.trailersTooLarge(limit: 5)) { try events("0\r\nA: bcd\r\n\r\n", limits: limits) }
    #expect(throws: ChunkError.tooManyTrailers(limit: 1)) { try events("0\r\nA:\r\nB:\r\n\r\n", limits: limits) }
    #expect(throws: ChunkError.tooManyTrailers(limit: 1)) { try events("0\r\nTE:\r\nB:\r\n\r\n", limits: limits) }
  }

  @Test func `every error has a status and a sentence that says where`() {
    let errors: [(ChunkError, Int)] = [
      (.invalidSize(at: 77), 400), (.invalidExtension(at: 77), 400), (.extensionsTooLong(limit: 77), 400), (.missingLineEnd(at: 77), 400),
      (.invalidTrailer(at: 77), 400), (.trailersTooLarge(limit: 77), 431), (.tooManyTrailers(limit: 77), 431),
    ]
    for (error, status) in errors {
      #expect(error.status == status)
      #expect(error.description.contains("77"))
    }
  }
}
