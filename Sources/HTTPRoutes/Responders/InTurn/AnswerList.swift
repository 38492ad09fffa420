// Several answers of one route. Which of them a request gets is decided with the route: the turn says so.

import AsyncHTTPServer
import HTTPCore

/// Answers with one of a list.
struct AnswerList: Responder {
  /// One of them, compiled.
  private struct Answering: Sendable {
    let responder: any Responder
    let delivery: Delivery?
    /// What the responder says to every request.
    let constant: PreparedResponse?
  }

  private let answers: [Answering]
  let answersAtOnce: Bool

  init(_ settings: [AnswerSettings], _ context: ResponderContext) {
    answers = settings.map { answer in
      let responder = answer.responder.makeResponder(context.with(headers: answer.headers))
      return Answering(responder: responder, delivery: Delivery(answer), constant: responder.constantAnswer)
    }
    answersAtOnce = answers.allSatisfy { $0.responder.answersAtOnce && $0.delivery == nil }
  }

  /// The methods of a route that names none: those that every answer has by itself.
  static func methods(of answers: [AnswerSettings]) -> [String]? { answers.lazy.compactMap(\.responder.defaultMethods).first }

  func answer(_ request: borrowing RequestValues) -> Answer { answer(request, in: Turn()) }

  func answer(_ request: borrowing RequestValues, in turn: Turn) -> Answer {
    let answering = answers[turn.answer]
    if let constant = answering.constant { return .prepared(constant) }
    return answering.responder.answer(request)
  }

  func delivery(in turn: Turn) -> Delivery? { answers[turn.answer].delivery }
}

extension Delivery {
  /// How an answer travels; nil: at once, and as fast as it can.
  init?(_ answer: AnswerSettings) {
    guard let delay = answer.delay else { return nil }
    self.init(wait: delay)
  }
}
