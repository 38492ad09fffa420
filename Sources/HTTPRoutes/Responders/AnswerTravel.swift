// How an answer travels, as far as settings and the request say.

import AsyncHTTPServer
import HTTPCore

/// The delay of one answer.
package struct AnswerTravel: Sendable {
  private let delivery: Delivery?
  /// What a request has a say in of the delay.
  private let delayTemplate: Template?
  private let context: ResponderContext

  init(_ answer: AnswerSettings, _ context: ResponderContext) {
    delivery = answer.delay.map { Delivery(wait: $0) }
    delayTemplate = answer.delayTemplate
    self.context = context
  }

  /// Whether the answer travels at once, and whole.
  var isAtOnce: Bool { delivery == nil && delayTemplate == nil }

  var needsBody: Bool { delayTemplate?.needsBody == true }

  /// How the answer to a request travels; nil for at once and whole.
  func delivery(for request: borrowing RequestValues) throws(TemplateFailure) -> Delivery? {
    guard let delayTemplate else { return delivery }
    var run = context.makeRun()
    return try TemplateDuration.delay(delayTemplate, for: request, &run).map { Delivery(wait: .milliseconds($0)) }
  }
}
