// A field line that a configuration gives to the answers of a route.

package import HTTPCore

/// A field line of a response: a token and a value that RFC 9110 section 5 permits.
package struct HeaderLine: Equatable, Sendable {
  /// As the configuration has it.
  package let line: FieldLine
  /// Makes the value where it depends on the request.
  package let template: Template?

  package init(name: String, value: String, template: Template? = nil) {
    line = FieldLine(name, value)
    self.template = template
  }

  package var name: String { line.name }
  package var value: String { line.value }

  /// Whether browsers follow what the field says. `name` is in lower case.
  static func leadsElsewhere(_ name: String) -> Bool { ["location", "content-location", "refresh"].contains(name) }
}
