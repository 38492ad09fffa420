// One answer as the configuration has it: what is sent, and how it travels. A route has one.

/// A responder and what stands beside it. The status and the type of the body are the responder's own.
package struct AnswerSettings: Sendable {
  package var responder: any ResponderOptions
  /// Sent with the answer, in this order; `defaults` included.
  package var headers: [HeaderLine]
  /// How it travels.
  package var delivery: DeliverySettings
  /// What is sent elsewhere once the answer has been.
  package var after: [CallbackSettings]

  package init(
    responder: any ResponderOptions, headers: [HeaderLine] = [], delivery: DeliverySettings = DeliverySettings(),
    after: [CallbackSettings] = []
  ) {
    self.responder = responder
    self.headers = headers
    self.delivery = delivery
    self.after = after
  }
}
