// One answer as the configuration has it: what is sent, how it travels and what it changes. A route has one, or a list
// of them in its `sequence` or `weighted`.

/// A responder and what stands beside it. The status and the type of the body are the responder's own.
package struct AnswerSettings: Sendable {
  package var responder: any ResponderOptions
  /// Sent with the answer, in this order; `defaults` included.
  package var headers: [HeaderLine]
  /// How long to wait before the answer; nil for not at all.
  package var delay: Duration?
  /// The same where a request has a say in it.
  package var delayTemplate: Template?
  /// What states become when the answer is decided on.
  package var stateWrites: [StateWrite]

  package init(
    responder: any ResponderOptions, headers: [HeaderLine] = [], delay: Duration? = nil, delayTemplate: Template? = nil,
    stateWrites: [StateWrite] = []
  ) {
    self.responder = responder
    self.headers = headers
    self.delay = delay
    self.delayTemplate = delayTemplate
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
    left.responder.isEqual(to: right.responder) && left.headers == right.headers && left.delay == right.delay
      && left.delayTemplate == right.delayTemplate && left.stateWrites == right.stateWrites
  }
}
