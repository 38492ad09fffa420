// How an answer travels, and what follows it, as far as settings and the request say.

import AsyncHTTPServer
import HTTPCore

/// The way of one answer.
package struct AnswerTravel: Sendable {
  let settings: DeliverySettings
  /// What is sent elsewhere once the answer has been; nil for nothing.
  let callbacks: CallbackPlan?
  private let context: ResponderContext

  init(_ answer: AnswerSettings, _ context: ResponderContext) {
    settings = answer.delivery
    callbacks = CallbackPlan(answer.after, policy: context.callbacks, context: context)
    self.context = context
  }

  /// Whether the answer travels at once, and whole, and nothing follows it.
  var isAtOnce: Bool { settings.isPlain && callbacks == nil }

  var needsBody: Bool {
    if case .template(let template)? = settings.delay, template.needsBody { return true }
    return callbacks?.needsBody == true
  }

  /// How long the answer to a request waits; nil for not at all.
  ///
  /// - Parameter responder: asked for the duration of a recording.
  func wait(for request: borrowing RequestValues, _ responder: any Responder) throws(TemplateFailure) -> Duration? {
    switch settings.delay {
    case nil: return nil
    case .recorded: return responder.recordedDuration(request)
    case .template(let template):
      var run = context.makeRun()
      return try TemplateDuration.delay(template, for: request, &run).map { .milliseconds($0) }
    case .fixed, .between, .logNormal: return settings.delay?.drawn(from: context.numbers)
    }
  }
}
