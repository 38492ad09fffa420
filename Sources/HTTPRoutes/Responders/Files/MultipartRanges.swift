// The body of an answer to a request for several ranges (RFC 9110 section 14.6). It is put together in memory, so it is
// bounded; a request for more gets the whole file, which costs no memory.

import HTTPCore

enum MultipartRanges {
  /// 1 MiB: many times what a document viewer asks for at once.
  static let maxSize: Int64 = 1 << 20

  static func size(of ranges: [Range<Int64>]) -> Int64 {
    // Each range is within the file, and there are few of them; a sum past the end of the integers is as good as past
    // the bound.
    ranges.reduce(0) { sum, range in
      let (total, overflowed) = sum.addingReportingOverflow(range.upperBound - range.lowerBound)
      return overflowed ? .max : total
    }
  }

  /// 128 random bits, so that no content can be made to contain it (RFC 2046 section 5.1.1).
  static func makeBoundary() -> String {
    String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
  }

  static func body(
    _ ranges: [Range<Int64>], _ parts: [ArraySlice<UInt8>], size: Int64, contentType: String, boundary: String
  ) -> [UInt8] {
    var body: [UInt8] = []
    for (range, part) in zip(ranges, parts) {
      let head =
        "\r\n--\(boundary)\r\nContent-Type: \(contentType)\r\nContent-Range: \(ByteRanges.contentRange(range, size: size))\r\n\r\n"
      body += head.utf8
      body += part
    }
    body += "\r\n--\(boundary)--\r\n".utf8
    return body
  }
}
