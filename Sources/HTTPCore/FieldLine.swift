// A field line as text: what an answer, a trailer section or a request to an upstream is made of.

/// The name and the value of one field line (RFC 9110 section 5). Nothing is checked here: `FieldSyntax` says what may
/// be sent.
package struct FieldLine: Equatable, Sendable {
  package var name: String
  package var value: String

  @inline(__always)
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
