import HTTPCore
import Testing

@Suite struct ResponseSerializerTests {
  private func written(_ body: (inout [UInt8]) throws -> Void) rethrows -> String {
    var output: [UInt8] = []
    try body(&output)
    return String(decoding: output, as: UTF8.self)
  }

  // MARK: Head

  @Test func `a status line has the reason phrase of the registry`() {
    #expect(written { ResponseSerializer.appendStatusLine(200, to: &$0) } == "HTTP/1.1 200 OK\r\n")
    #expect(written { ResponseSerializer.appendStatusLine(404, to: &$0) } == "HTTP/1.1 404 Not Found\r\n")
    #expect(written { ResponseSerializer.appendStatusLine(503, to: &$0) } == "HTTP/1.1 503 Service Unavailable\r\n")
  }

  @Test func `a status line of an unregistered code keeps the space`() {
    #expect(written { ResponseSerializer.appendStatusLine(299, to: &$0) } == "HTTP/1.1 299 \r\n")
    #expect(written { ResponseSerializer.appendStatusLine(999, to: &$0) } == "HTTP/1.1 999 \r\n")
  }

  @Test func `reason phrases can be written`() {
    let written = (0...999).map(ReasonPhrase.phrase(for:))
    #expect(written.allSatisfy(FieldSyntax.isValidValue))
    // The codes of RFC 9110 §15, without the two that are unused.
    let defined = [100, 101] + (200...206) + (300...305) + [307, 308] + (400...417) + [421, 422, 426] + (500...505)
    #expect(defined.allSatisfy { !written[$0].isEmpty })
  }

  @Test func `a field is a line`() throws {
    #expect(try written { try ResponseSerializer.appendField("X-A", "b c", to: &$0) } == "X-A: b c\r\n")
    #expect(try written { try ResponseSerializer.appendField("X-A", "", to: &$0) } == "X-A: \r\n")
    #expect(written { ResponseSerializer.appendField(.contentType, "text/html", to: &$0) } == "Content-Type: text/html\r\n")
  }

  @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b"]) func `a value cannot split the response`(_ value: String) {
    var output: [UInt8] = []
    #expect(throws: ResponseSerializer.FieldError.invalidValue(name: "X-A")) {
      try ResponseSerializer.appendField("X-A", value, to: &output)
    }
    #expect(output.isEmpty)
  }

  @Test(arguments: ["", "X A", "X:", "X\r\n", "X\0"]) func `a name cannot split the response`(_ name: String) {
    var output: [UInt8] = []
    #expect(throws: ResponseSerializer.FieldError.invalidName(name)) { try ResponseSerializer.appendField(name, "a", to: &output) }
    #expect(output.isEmpty)
  }

  @Test func `framing and persistence are announced`() {
    func framing(_ framing: ResponseFraming, persists: Bool, _ version: HTTPVersion) -> String {
      written { ResponseSerializer.appendFraming(framing, persists: persists, requestVersion: version, to: &$0) }
    }
    #expect(framing(.length(5), persists: true, .http11) == "Content-Length: 5\r\n")
    #expect(framing(.length(0), persists: false, .http11) == "Content-Length: 0\r\nConnection: close\r\n")
    #expect(framing(.chunked, persists: true, .http11) == "Transfer-Encoding: chunked\r\n")
    #expect(framing(.none, persists: true, .http11).isEmpty)
    #expect(framing(.length(5), persists: true, .http10) == "Content-Length: 5\r\nConnection: keep-alive\r\n")
    #expect(framing(.untilClose, persists: true, .http10) == "Connection: close\r\n")
  }

  @Test func `an interim response is whole`() {
    #expect(written { ResponseSerializer.appendContinue(to: &$0) } == "HTTP/1.1 100 Continue\r\n\r\n")
    #expect(written { ResponseSerializer.appendHeadEnd(to: &$0) } == "\r\n")
  }

  // MARK: Date

  @Test func `a date can be overwritten in place`() {
    var output = Array("HTTP/1.1 200 OK\r\n".utf8)
    let start = Array(HTTPDate.string(0).utf8).withUnsafeBytes {
      ResponseSerializer.appendHeadEnd(date: $0, framing: .length(7), persists: true, requestVersion: .http11, to: &output)
    }
    Array(HTTPDate.string(784_111_777).utf8).withUnsafeBytes { ResponseSerializer.overwriteDate(at: start, with: $0, in: &output) }
    #expect(
      String(decoding: output, as: UTF8.self) == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 7\r\n\r\n")
  }

  // MARK: Chunks

  @Test(arguments: [(1, "1"), (15, "F"), (16, "10"), (255, "FF"), (4096, "1000"), (Int.max, "7FFFFFFFFFFFFFFF")])
  func `a chunk begins with its size in hexadecimal`(_ size: Int, _ digits: String) {
    #expect(written { ResponseSerializer.appendChunkHeader(size, to: &$0) } == digits + "\r\n")
  }

  @Test func `what is written in chunks can be read`() throws {
    var output: [UInt8] = []
    for part in ["hello", ", world"] {
      ResponseSerializer.appendChunkHeader(part.utf8.count, to: &output)
      output += Array(part.utf8)
      ResponseSerializer.appendChunkEnd(to: &output)
    }
    try ResponseSerializer.appendLastChunk(trailers: [FieldLine("Digest", "x")], to: &output)
    var decoder = ChunkedDecoder()
    var offset = 0
    var data: [UInt8] = []
    while case .data(let range) = try decoder.next(output.span, from: &offset) { data += output[range] }
    #expect(String(decoding: data, as: UTF8.self) == "hello, world")
    #expect(offset == output.count)
    #expect(decoder.trailers.map(\.name) == ["Digest"])
  }

  @Test func `the last chunk is empty`() {
    #expect(written { ResponseSerializer.appendLastChunk(to: &$0) } == "0\r\n\r\n")
  }

  @Test func `trailers cannot split the response`() {
    var output: [UInt8] = []
    #expect(throws: ResponseSerializer.FieldError.invalidName("a b")) {
      try ResponseSerializer.appendLastChunk(trailers: [FieldLine("a b", "")], to: &output)
    }
    #expect(throws: ResponseSerializer.FieldError.invalidValue(name: "a")) {
      try ResponseSerializer.appendLastChunk(trailers: [FieldLine("a", "\r\n")], to: &output)
    }
    #expect(output.isEmpty)
  }

  @Test(arguments: [(UInt64(0), "0"), (9, "9"), (10, "10"), (999, "999"), (1000, "1000"), (.max, "18446744073709551615")])
  func `numbers are decimal`(_ value: UInt64, _ digits: String) {
    #expect(written { ResponseSerializer.appendDecimal(value, to: &$0) } == digits)
  }
}
