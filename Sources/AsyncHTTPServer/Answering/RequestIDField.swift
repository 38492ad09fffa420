// The X-Request-ID of an answer, which tells its client by what id the logs know the request.

import HTTPCore

extension ResponseSerializer {
  /// Appends the field.
  static func append(_ id: RequestID, to output: inout [UInt8]) {
    output.append(contentsOf: "X-Request-ID: ".utf8)
    id.append(to: &output)
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Whether one of the lines from `start` on is such a field already: what a handler says of it stays.
  static func hasRequestID(_ output: [UInt8], from start: Int) -> Bool {
    let bytes = output.span
    let name: StaticString = "x-request-id:"
    var index = start
    while index + name.utf8CodeUnitCount < bytes.count {
      if isName(name, in: bytes, at: index) { return true }
      while index < bytes.count, bytes[index] != 0x0A { index += 1 }
      index += 1
    }
    return false
  }

  private static func isName(_ name: StaticString, in bytes: Span<UInt8>, at start: Int) -> Bool {
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
