// One answer as the configuration has it: what is sent, and how it travels. A route has one.

/// A responder and what stands beside it. The status and the type of the body are the responder's own.
package struct AnswerSettings: Sendable {
  package var responder: any ResponderOptions
  /// Sent with the answer, in this order; `defaults` included.
  package var headers: [HeaderLine]
  /// How long to wait before the answer; nil for not at all.
  package var delay: Duration?
  /// The same where a request has a say in it.
  package var delayTemplate: Template?

  package init(
    responder: any ResponderOptions, headers: [HeaderLine] = [], delay: Duration? = nil, delayTemplate: Template? = nil
  ) {
    self.responder = responder
    self.headers = headers
    self.delay = delay
    self.delayTemplate = delayTemplate
  }
}
