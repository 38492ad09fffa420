// A field line that a configuration gives to the answers of a route.

/// A field line of a response: a token and a value that RFC 9110 section 5 permits.
package struct HeaderLine: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
