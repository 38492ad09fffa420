// A field line that a configuration gives to the answers of a route.

/// A field line of a response: a token and a value that RFC 9110 section 5 permits.
package struct HeaderLine: Equatable, Sendable {
  package let name: String
  /// As it is written.
  package let value: String
  /// The value where a request has a say in it.
  package let template: BodyTemplate?

  package init(name: String, value: String, template: BodyTemplate? = nil) {
    self.name = name
    self.value = value
    self.template = template
  }

  /// Whether browsers follow what the field says. `name` is in lower case.
  static func leadsElsewhere(_ name: String) -> Bool { ["location", "content-location", "refresh"].contains(name) }
}
