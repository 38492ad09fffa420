// `per`: what a sequence, a state or a rate limit counts apart. The one place that knows how such a text is filled.

import HTTPCore

/// A text that each request fills; requests for which it is the same are counted together.
package struct StatePer: Hashable, Sendable {
  /// As it was written. Two of the same text are the same.
  package let text: String
  private let template: Template

  package init(text: String, template: Template) {
    self.text = text
    self.template = template
  }

  package static func == (left: Self, right: Self) -> Bool { left.text == right.text }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Whether the body has to be read to fill it.
  var needsBody: Bool { template.needsBody }

  /// The same for a route of this pattern: a parameter that the pattern lacks is empty.
  func reread(for pattern: PathPattern) -> StatePer {
    let parts = try? TemplateReader.parts(of: text, scope: TemplateScope(pattern: pattern)) { _ in "" }
    return parts.map { StatePer(text: text, template: Template($0)) } ?? self
  }

  /// What a request is counted by; of a long text its digest. A value that the request does not have is empty, and so
  /// is a text that cannot be filled.
  func key(for request: borrowing RequestValues, _ run: inout TemplateRun) -> [UInt8] {
    var octets: [UInt8] = []
    do throws(TemplateFailure) {
      guard try template.append(to: &octets, for: request, &run) else { return [] }
    } catch {
      return []
    }
    return StateKey.key(octets)
  }
}
