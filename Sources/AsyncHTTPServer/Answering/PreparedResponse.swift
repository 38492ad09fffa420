// An answer laid out once, when the configuration is loaded: head and body contiguous, so that sending it is one copy
// and a date.

package import HTTPCore

package final class PreparedResponse: Sendable {
  package let status: Int
  /// Head with an empty slot for the date, then the body.
  let bytes: [UInt8]
  let dateOffset: Int
  let bodyOffset: Int
  /// Where the field lines lie that the answer was made with: those of the framing follow.
  private let fieldsRange: Range<Int>
  /// Whether X-Request-ID is among the fields.
  let hasRequestID: Bool

  /// The bytes of the body.
  package var bodyCount: Int { bytes.count - bodyOffset }

  /// The body.
  var body: ArraySlice<UInt8> { bytes[bodyOffset...] }

  /// The field lines that the answer was made with, without those of the framing.
  var fieldLines: ArraySlice<UInt8> { bytes[fieldsRange] }

  /// Lays out a final answer. `fields` must be valid (FieldSyntax) and name neither Date, Connection, Transfer-Encoding
  /// nor Content-Length; the last is added. A body is left out where the status has none.
  package init(status: Int, fields: [FieldLine], body: [UInt8]) {
    self.status = status
    let (framing, hasBody) = ResponseFraming.choose(
      requestMethod: .get, status: status, requestVersion: .http11, contentLength: Int64(body.count))
    var bytes: [UInt8] = []
    ResponseSerializer.appendStatusLine(status, to: &bytes)
    let fieldsStart = bytes.count
    ResponseSerializer.appendValidFields(fields, to: &bytes)
    fieldsRange = fieldsStart..<bytes.count
    hasRequestID = fields.contains { KnownField($0.name) == .xRequestID }
    ResponseSerializer.appendFraming(framing, persists: true, requestVersion: .http11, to: &bytes)
    bytes.append(contentsOf: "Date: ".utf8)
    dateOffset = bytes.count
    bytes.append(contentsOf: repeatElement(0x20, count: 29))
    bytes.append(contentsOf: "\r\n\r\n".utf8)
    bodyOffset = bytes.count
    if hasBody { bytes.append(contentsOf: body) }
    self.bytes = bytes
  }
}
