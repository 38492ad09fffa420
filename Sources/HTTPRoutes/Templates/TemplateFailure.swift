// Why a template makes no answer of one request.

/// What went wrong with one request, and in which template.
package struct TemplateFailure: Error, Equatable {
  package enum Reason: Equatable, Sendable {
    /// The request lacks what `required` asks for: its mistake.
    case missing(String)
    /// The answer cannot be sent or breaks a bound: the operator's to know.
    case unsendable(String)
  }

  package let reason: Reason
  /// `file:line:column`.
  package let place: String
}

/// The same before the place is known.
enum TemplateProblem: Error {
  case missing
  case unsendable(String)

  /// - Parameter source: that of the expression.
  func reason(of source: String) -> TemplateFailure.Reason {
    switch self {
    case .missing: .missing(source)
    case .unsendable(let message): .unsendable(message)
    }
  }
}
