// `set_state`: what a state becomes when a route answers.

import HTTPCore
package import JSONText
import Logging

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
  func value(for request: borrowing RequestValues, _ run: inout TemplateRun) -> JSONValue? {
    switch value {
    case .literal(let value): return value
    case .template(let template):
      do throws(TemplateFailure) {
        let octets = try template.octets(for: request, &run)
        return try? JSONValue(parsing: octets, limits: BodyValues.limits)
      } catch {
        request.origin.logger?.error(
          "a state keeps its value", metadata: ["state": "\(name)", "reason": "\(error.reason)", "template": "\(error.place)"])
        return nil
      }
    }
  }

  /// These, but that those of `others` with the same name take their places.
  static func merging(_ writes: [StateWrite], _ others: [StateWrite]) -> [StateWrite] {
    writes.filter { write in !others.contains { $0.name == write.name } } + others
  }
}
