// Reads answers the way the strictest client would (RFC 9112 §4 to §7): whatever it does not understand is the server's fault.

import FuzzSupport
import HTTPCore

struct AnswerReader {
  private let bytes: [UInt8]
  private(set) var offset: Int

  init(_ bytes: [UInt8], from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The next final answer with its body; nil while it is not whole.
  mutating func next(isHEAD: Bool, inputHasEnded: Bool) -> (status: Int, announcesClose: Bool)? {
    while let head = nextHead() {
      if head.status == 100 {
        require(head.fields.isEmpty, "100 Continue has no fields here")
        continue
      }
      require(head.status >= 200, "the interim status \(head.status)")
      require(head.values(of: "date").count == 1, "one Date")
      let announcesClose = head.values(of: "connection") == ["close"]
      guard skipBody(of: head, isHEAD: isHEAD, announcesClose: announcesClose, inputHasEnded: inputHasEnded) else { return nil }
      return (head.status, announcesClose)
    }
    return nil
  }

  private struct Head {
    var status: Int
    var fields: [(name: String, value: String)]

    func values(of name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
  }

  private mutating func nextHead() -> Head? {
    var lines: [ArraySlice<UInt8>] = []
    var start = offset
    while true {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
      require(end > start && bytes[end - 1] == 0x0D, "a line ends in CR LF")
      let line = bytes[start..<end - 1]
      start = end + 1
      if line.isEmpty { break }
      require(line.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a control octet in a line")
      lines.append(line)
    }
    offset = start
    guard let first = lines.first else { fatalError("an empty line where an answer begins") }
    let statusLine = Array(first)
    require(statusLine.starts(with: "HTTP/1.1 ".utf8) && statusLine.count > 13 && statusLine[12] == 0x20, "a status line")
    guard let status = Int(String(decoding: statusLine[9..<12], as: UTF8.self)), (100...999).contains(status) else {
      fatalError("a status of three digits")
    }
    return Head(status: status, fields: lines.dropFirst().map(Self.field))
  }

  private static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { fatalError("a field line without a colon") }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    require(FieldSyntax.isValidName(name), "the field name \(name)")
    let value = FieldSyntax.trimmed(String(decoding: line[(colon + 1)...], as: UTF8.self)[...])
    return (FieldSyntax.lowercased(name), String(value))
  }

  /// Moves past the body; false while it is not whole.
  private mutating func skipBody(of head: Head, isHEAD: Bool, announcesClose: Bool, inputHasEnded: Bool) -> Bool {
    let lengths = head.values(of: "content-length")
    let codings = head.values(of: "transfer-encoding")
    require(lengths.count + codings.count <= 1, "one way to frame a body: \(lengths) \(codings)")
    if head.status == 204 || head.status == 304 {
      require(lengths.isEmpty && codings.isEmpty, "\(head.status) has no body to frame")
      return true
    }
    if isHEAD { return true }
    if let text = lengths.first {
      guard let length = Int(text), length >= 0 else { fatalError("the length \(text)") }
      guard length <= bytes.count - offset else { return false }
      offset += length
      return true
    }
    if codings.isEmpty {
      require(announcesClose, "a body without a framing ends with its connection")
      if inputHasEnded { offset = bytes.count }
      return inputHasEnded
    }
    require(codings == ["chunked"], "\(codings)")
    return skipChunks()
  }

  private mutating func skipChunks() -> Bool {
    var decoder = ChunkedDecoder()
    var index = offset
    while true {
      do throws(ChunkError) {
        switch try decoder.next(bytes.span, from: &index) {
        case .data: break
        case .needMore: return false
        case .end:
          offset = index
          return true
        }
      } catch {
        fatalError("\(error)")
      }
    }
  }
}
