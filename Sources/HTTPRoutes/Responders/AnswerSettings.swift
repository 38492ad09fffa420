// One answer as the configuration has it: what is sent, how it travels and what it changes. A route has one, or a list
// of them in its `sequence` or `weighted`.

/// A responder and what stands beside it. The status and the type of the body are the responder's own.
package struct AnswerSettings: Sendable {
  package var responder: any ResponderOptions
  /// Sent with the answer, in this order; `defaults` included.
  package var headers: [HeaderLine]
  /// How it travels.
  package var delivery: DeliverySettings
  /// What is sent elsewhere once the answer has been.
  package var after: [CallbackSettings]
  /// What states become when the answer is decided on.
  package var stateWrites: [StateWrite]

  package init(
    responder: any ResponderOptions, headers: [HeaderLine] = [], delivery: DeliverySettings = DeliverySettings(),
    after: [CallbackSettings] = [], stateWrites: [StateWrite] = []
  ) {
    self.responder = responder
    self.headers = headers
    self.delivery = delivery
    self.after = after
    self.stateWrites = stateWrites
  }

  /// The directories of recordings that the answers are from or make.
  package var recordings: [RecordingsUse] { ([self] + responder.listedAnswers).compactMap(\.responder.recordings) }

  /// What each of the answers sets: those of the list, or the one that this is.
  var writesByAnswer: [[StateWrite]] {
    let listed = responder.listedAnswers
    return listed.isEmpty ? [stateWrites] : listed.map(\.stateWrites)
  }
}

extension AnswerSettings: Equatable {
  package static func == (left: Self, right: Self) -> Bool {
    left.responder.isEqual(to: right.responder) && left.headers == right.headers && left.delivery == right.delivery
      && left.after == right.after && left.stateWrites == right.stateWrites
  }
}
