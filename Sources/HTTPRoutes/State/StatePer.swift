// `per`: what a sequence, a state or a rate limit counts apart. The one place that knows how such a text is filled.

import HTTPCore

/// A text that each request fills; requests for which it is the same are counted together.
package struct StatePer: Hashable, Sendable {
  /// As it was written. Two of the same text are the same.
  package let text: String
  private let template: BodyTemplate

  package init(text: String, template: BodyTemplate) {
    self.text = text
    self.template = template
  }

  package static func == (left: Self, right: Self) -> Bool { left.text == right.text }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Whether the body has to be read to fill it.
  var needsBody: Bool { template.needsBody }

  /// What a request is counted by; of a long text its digest.
  ///
  /// - Parameter pattern: of the route. A value that the request does not have is empty.
  func key(for request: borrowing RequestValues, pattern: PathPattern) -> [UInt8] {
    StateKey.key(template.render(request, pattern: pattern))
  }
}

extension BodyTemplate {
  /// Whether a place in it is filled from the request's body.
  var needsBody: Bool {
    parts.contains { part in if case .placeholder(let name, _) = part { name.isOfBody } else { false } }
  }
}
