// The body of a canned answer: octets that are known when the configuration is loaded, a text, or a JSON text. Most
// bodies are the first, and those are laid out once and never rendered.

package enum BodyTemplate: Equatable, Sendable {
  case literal([UInt8])
  case text(Template)
  case json(JSONTemplate)

  package init(literal octets: [UInt8]) { self = .literal(octets) }

  package init(_ template: Template) { self = template.literal.map { .literal($0) } ?? .text(template) }

  package init(_ template: JSONTemplate) { self = template.literal.map { .literal($0) } ?? .json(template) }

  /// The whole body, if no request has a say in it.
  package var literal: [UInt8]? { if case .literal(let octets) = self { octets } else { nil } }

  package var needsBody: Bool {
    switch self {
    case .literal: false
    case .text(let template): template.needsBody
    case .json(let template): template.needsBody
    }
  }

  /// The body as it was written, but for blanks.
  package var shown: String {
    switch self {
    case .literal(let octets): String(decoding: octets, as: UTF8.self)
    case .text(let template): template.shown
    case .json(let template): template.shown
    }
  }

  /// The body for one request.
  package func octets(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> [UInt8] {
    switch self {
    case .literal(let octets): return octets
    case .json(let template): return try template.octets(for: request, &run)
    case .text(let template):
      var octets: [UInt8] = []
      return try template.append(to: &octets, for: request, &run) ? octets : []
    }
  }
}
