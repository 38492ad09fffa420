// The status of a canned answer, which a request may have a say in.

package enum AnswerStatus: Equatable, Sendable {
  case literal(Int)
  case template(Template)

  /// What may be sent.
  package static let range = 200...599

  package var literal: Int? { if case .literal(let status) = self { status } else { nil } }

  package var needsBody: Bool { if case .template(let template) = self { template.needsBody } else { false } }

  /// As a reload shows it.
  package var shown: String {
    switch self {
    case .literal(let status): String(status)
    case .template(let template): template.shown
    }
  }

  /// The status for one request.
  func value(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> Int {
    switch self {
    case .literal(let status): return status
    case .template(let template):
      let text = try template.text(for: request, &run) ?? ""
      guard let status = Int(text), Self.range.contains(status) else {
        throw TemplateFailure(
          reason: .unsendable("\"\(text.excerpted)\" is not a status from \(Self.range.lowerBound) to \(Self.range.upperBound)"),
          place: template.place)
      }
      return status
    }
  }
}
