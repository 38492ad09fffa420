// Appends the parts of a response to a byte array (RFC 9112 §4, §5, §7). Nothing here can be made to write a line that
// the caller did not mean: names and values are checked as they are written.

package enum ResponseSerializer {
  /// A field that cannot be written without changing the meaning of the message.
  package enum FieldError: Error, Equatable, Sendable {
    case invalidName(String)
    case invalidValue(name: String)
  }

  // MARK: Head

  /// Appends `HTTP/1.1 200 OK` and a line end. The version is this server's own, whatever the request's (RFC 9110
  /// §2.5).
  ///
  /// - Parameters:
  ///   - status: 100 to 999; that it is one is the caller's promise.
  package static func appendStatusLine(_ status: Int, to output: inout [UInt8]) {
    if status == 200 {
      let line: StaticString = "HTTP/1.1 200 OK\r\n"
      return output.append(atMost: line.utf8CodeUnitCount) { $0.write(line) }
    }
    precondition((100...999).contains(status), "a status code has three digits")
    output.append(contentsOf: "HTTP/1.1 ".utf8)
    appendDecimal(UInt64(status), to: &output)
    // The space stands there even when no phrase follows it (RFC 9112 §4).
    output.append(Octet.space)
    output.append(contentsOf: ReasonPhrase.phrase(for: status).utf8)
    appendLineEnd(to: &output)
  }

  /// Appends a field line, or throws and appends nothing. What `ObsText` spells in the value goes out as the octets it
  /// stands for.
  package static func appendField(_ name: String, _ value: String, to output: inout [UInt8]) throws(FieldError) {
    guard FieldSyntax.isValidName(name) else { throw .invalidName(name) }
    guard FieldSyntax.isValidValue(value) else { throw .invalidValue(name: name) }
    appendLine(name, value, to: &output)
  }

  /// Appends a field line whose name is known and whose value is this program's own.
  package static func appendField(_ field: KnownField, _ value: String, to output: inout [UInt8]) {
    precondition(field != .other && FieldSyntax.isValidValue(value), "the server itself writes only valid fields")
    appendLine(field.name, value, to: &output)
  }

  private static func appendLine(_ name: String, _ value: String, to output: inout [UInt8]) {
    append(name, to: &output)
    append(": ", to: &output)
    if ObsText.isSpelled(in: value) { output += ObsText.octets(value) } else { append(value, to: &output) }
    appendLineEnd(to: &output)
  }

  /// Appends a field line whose name and value the caller has checked.
  package static func appendLine(_ name: String, _ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    var name = name
    name.withUTF8 { name in
      output.append(atMost: name.count + value.count + 4) { line in
        unsafe line.write(name)
        line.write(Octet.colon, Octet.space)
        unsafe line.write(value)
        line.writeLineEnd()
      }
    }
  }

  /// In one piece, where appending the view of a string goes octet by octet.
  private static func append(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { unsafe output.append(contentsOf: $0) }
  }

  /// Appends the field that the framing calls for, if any, and `Connection: close` when the end of the connection is
  /// the framing or the server means to close.
  ///
  /// - Parameters:
  ///   - persists: the connection lives on; if not, the answer says so.
  ///   - requestVersion: an answer to HTTP/1.0 also says when the connection lives on, since it would not expect that.
  package static func appendFraming(
    _ framing: ResponseFraming, persists: Bool, requestVersion: HTTPVersion, to output: inout [UInt8]
  ) {
    output.append(atMost: maxFramingLength) { $0.write(framing, persists, requestVersion) }
  }

  /// A Content-Length of twenty digits, and `Connection: keep-alive`.
  private static let maxFramingLength = 64

  /// Ends the head.
  package static func appendHeadEnd(to output: inout [UInt8]) { appendLineEnd(to: &output) }

  /// Appends the whole interim response that lets the client send its content (RFC 9110 §15.2.1).
  package static func appendContinue(to output: inout [UInt8]) { output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }

  // MARK: Date

  /// Appends what a head ends with, and returns where the 29 octets of its date begin, for `overwriteDate`: a Date
  /// field, what `appendFraming` appends, and the empty line.
  ///
  /// - Parameters:
  ///   - date: 29 octets as `HTTPDate.format` writes them; a server formats them once a second.
  @discardableResult
  package static func appendHeadEnd(
    date: UnsafeRawBufferPointer, framing: ResponseFraming, persists: Bool, requestVersion: HTTPVersion, to output: inout [UInt8]
  ) -> Int {
    precondition(date.count == HTTPDate.length)
    let start = output.count + dateName.utf8CodeUnitCount
    output.append(atMost: dateName.utf8CodeUnitCount + date.count + 2 + maxFramingLength + 2) { line in
      line.write(dateName)
      unsafe line.write(date.assumingMemoryBound(to: UInt8.self))
      line.writeLineEnd()
      line.write(framing, persists, requestVersion)
      line.writeLineEnd()
    }
    return start
  }

  private static let dateName: StaticString = "Date: "

  /// Puts another date in the place of one, in an answer that was laid out earlier.
  package static func overwriteDate(at start: Int, with date: UnsafeRawBufferPointer, in output: inout [UInt8]) {
    precondition(date.count == HTTPDate.length)
    unsafe output.withUnsafeMutableBytes { bytes in
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + date.count]).copyMemory(from: date)
    }
  }

  // MARK: Chunks

  /// Appends the line before the data of a chunk. `appendChunkEnd` goes after it.
  ///
  /// - Parameters:
  ///   - size: at least 1; an empty chunk would end the content.
  package static func appendChunkHeader(_ size: Int, to output: inout [UInt8]) {
    precondition(size > 0, "the chunk of size zero ends the content")
    appendHexadecimal(UInt64(size), to: &output)
    appendLineEnd(to: &output)
  }

  package static func appendChunkEnd(to output: inout [UInt8]) { appendLineEnd(to: &output) }

  /// Appends the last chunk and the empty trailer section.
  package static func appendLastChunk(to output: inout [UInt8]) { output.append(contentsOf: "0\r\n\r\n".utf8) }

  /// Appends the last chunk and the trailer section, or throws and appends nothing.
  package static func appendLastChunk(trailers: [FieldLine], to output: inout [UInt8]) throws(FieldError) {
    for trailer in trailers {
      guard FieldSyntax.isValidName(trailer.name) else { throw .invalidName(trailer.name) }
      guard FieldSyntax.isValidValue(trailer.value) else { throw .invalidValue(name: trailer.name) }
    }
    output.append(contentsOf: "0\r\n".utf8)
    for trailer in trailers { appendLine(trailer.name, trailer.value, to: &output) }
    appendLineEnd(to: &output)
  }

  // MARK: Numbers

  package static func appendDecimal(_ value: UInt64, to output: inout [UInt8]) {
    // UInt64.max has twenty digits.
    output.append(atMost: 20) { $0.writeDecimal(value) }
  }

  private static func appendHexadecimal(_ value: UInt64, to output: inout [UInt8]) {
    var shift = (UInt64.bitWidth - 1 - value.leadingZeroBitCount) / 4 * 4
    while shift >= 0 {
      output.append(Octet.hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(shift) & 0xF)))
      shift -= 4
    }
  }

  private static func appendLineEnd(to output: inout [UInt8]) {
    output.append(Octet.carriageReturn)
    output.append(Octet.lineFeed)
  }
}

/// Writes octets into room that an array has made for them: one look at the array for a whole line, where each append
/// would take one. It never writes beyond that room.
@safe struct LineWriter: ~Copyable {
  private let start: UnsafeMutablePointer<UInt8>
  private let room: Int
  private(set) var count = 0

  fileprivate init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    // No buffer is made without room.
    unsafe start = buffer.baseAddress!
    room = buffer.count
  }

  @inline(__always)
  private mutating func take(_ length: Int) -> UnsafeMutablePointer<UInt8> {
    precondition(length <= room - count, "a line is no longer than was said")
    defer { count += length }
    return unsafe start + count
  }

  @inline(__always)
  mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    let place = unsafe take(bytes.count)
    // An empty buffer may have no address, and nothing to copy.
    if let source = bytes.baseAddress { unsafe place.update(from: source, count: bytes.count) }
  }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    let place = unsafe take(length)
    unsafe place.update(from: text.utf8Start, count: length)
  }

  @inline(__always)
  mutating func write(_ first: UInt8, _ second: UInt8) {
    let place = unsafe take(2)
    unsafe place[0] = first
    unsafe place[1] = second
  }

  @inline(__always)
  mutating func writeLineEnd() { write(Octet.carriageReturn, Octet.lineFeed) }

  mutating func write(_ framing: ResponseFraming, _ persists: Bool, _ requestVersion: HTTPVersion) {
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      precondition(length >= 0)
      write("Content-Length: ")
      writeDecimal(UInt64(length))
      writeLineEnd()
    case .chunked: write("Transfer-Encoding: chunked\r\n")
    }
    if !persists || framing == .untilClose {
      write("Connection: close\r\n")
    } else if !requestVersion.isAtLeast11 {
      write("Connection: keep-alive\r\n")
    }
  }

  mutating func writeDecimal(_ value: UInt64) {
    var length = 1
    var rest = value
    while rest >= 10 {
      rest /= 10
      length += 1
    }
    let place = unsafe take(length)
    rest = value
    for index in stride(from: length - 1, through: 0, by: -1) {
      unsafe place[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
    }
  }
}

extension [UInt8] {
  /// Appends what `write` writes, `room` octets at most and at least one.
  @inline(__always)
  mutating func append(atMost room: Int, _ write: (inout LineWriter) -> Void) {
    append(addingCapacity: room) { span in
      unsafe span.withUnsafeMutableBufferPointer { buffer, count in
        var writer = unsafe LineWriter(buffer)
        write(&writer)
        count = writer.count
      }
    }
  }
}
