// Where a response's content ends (RFC 9112 §6.3), as its fields say it. libcurl reads them as well, and more kindly:
// `0x5` is 0 to it, and `5x` is 5. What it might read otherwise than the next recipient is refused here, so that both
// see the same content.

import HTTPCore

struct UpstreamFraming {
  /// What Content-Length says.
  private(set) var contentLength: Int64?
  /// Whether Transfer-Encoding says so. No other coding was asked for (RFC 9112 §7.4), so none other is taken.
  private(set) var isChunked = false

  /// Whether both fields are there: Transfer-Encoding overrides.
  var isAmbiguous: Bool { isChunked && contentLength != nil }

  static func isFraming(_ name: String) -> Bool {
    FieldSyntax.equalIgnoringCase(name, "content-length") || FieldSyntax.equalIgnoringCase(name, "transfer-encoding")
  }

  /// Takes a field line; answers what is wrong with it, or nil.
  ///
  /// - Parameters:
  ///   - isSpaced: whether blanks stand between the name and its colon: libcurl would not know the field.
  mutating func add(_ name: String, _ value: String, isSpaced: Bool) -> String? {
    guard Self.isFraming(name) else { return nil }
    if isSpaced { return "a blank after the name \(name)" }
    if FieldSyntax.equalIgnoringCase(name, "transfer-encoding") {
      guard !isChunked, FieldSyntax.equalIgnoringCase(value, "chunked") else { return "a Transfer-Encoding that is not chunked" }
      isChunked = true
      return nil
    }
    // RFC 9110 §8.6: the same length several times is that length.
    for element in value.split(separator: ",", omittingEmptySubsequences: false) {
      let digits = FieldSyntax.trimmed(element)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let length = Int64(digits) else {
        return "a Content-Length that is not a number"
      }
      if let contentLength, contentLength != length { return "two Content-Length fields that differ" }
      contentLength = length
    }
    return nil
  }

  /// What is wrong with the whole, or nil. RFC 9112 §6.1: HTTP/1.0 has no Transfer-Encoding.
  func defect(httpVersion: String) -> String? {
    isChunked && httpVersion == "1.0" ? "Transfer-Encoding in an HTTP/1.0 response" : nil
  }
}
