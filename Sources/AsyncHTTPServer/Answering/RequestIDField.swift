// The X-Request-ID of an answer, which tells its client by what id the logs know the request.

import HTTPCore

extension ResponseSerializer {
  /// Appends the field in place of those that the lines from `start` on have already: a recording, say, has that of the
  /// request it was made for.
  static func append(_ id: RequestID, replacingLinesFrom start: Int, in output: inout [UInt8]) {
    while let line = requestIDLine(in: output.span, from: start) { output.removeSubrange(line) }
    append(id, to: &output)
  }

  /// Appends the field.
  static func append(_ id: RequestID, to output: inout [UInt8]) {
    let start: StaticString = "X-Request-ID: "
    start.withUTF8Buffer { output.append(contentsOf: $0) }
    id.append(to: &output)
    output.append(0x0D)
    output.append(0x0A)
  }

  /// The first such line, with its end.
  private static func requestIDLine(in bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
    var index = start
    while index + name.utf8CodeUnitCount < bytes.count {
      var end = index
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      if isNamed(bytes, at: index) { return index..<min(end + 1, bytes.count) }
      index = end + 1
    }
    return nil
  }

  private static let name: StaticString = "x-request-id:"

  /// Whether the name of the field stands at `start`, with room for it behind.
  private static func isNamed(_ bytes: Span<UInt8>, at start: Int) -> Bool {
    name.withUTF8Buffer { name in
      for (offset, octet) in name.enumerated() {
        let found = bytes[start + offset]
        let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(found)
        if (isUpper ? found | 0x20 : found) != octet { return false }
      }
      return true
    }
  }
}
