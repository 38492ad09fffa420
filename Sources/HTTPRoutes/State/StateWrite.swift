// `set_state`: what a state becomes when a route answers.

import HTTPCore
package import JSONText

/// One member of a `set_state`.
package struct StateWrite: Equatable, Sendable {
  package enum Value: Equatable, Sendable {
    case literal(JSONValue)
    /// A text of JSON, once a request has filled it.
    case template(BodyTemplate)
  }

  /// Of the state.
  package let name: String
  package let value: Value

  package init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  /// Whether the body has to be read to know the value.
  var needsBody: Bool { if case .template(let template) = value { template.needsBody } else { false } }

  /// The value that a request gives; nil where that makes no JSON within the bounds.
  func value(for request: borrowing RequestValues, pattern: PathPattern) -> JSONValue? {
    switch value {
    case .literal(let value): value
    case .template(let template): try? JSONValue(parsing: template.render(request, pattern: pattern), limits: BodyValues.limits)
    }
  }

  /// These, but that those of `others` with the same name take their places.
  static func merging(_ writes: [StateWrite], _ others: [StateWrite]) -> [StateWrite] {
    writes.filter { write in !others.contains { $0.name == write.name } } + others
  }
}
