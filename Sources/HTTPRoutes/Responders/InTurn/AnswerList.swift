// Several answers of one route. Which of them a request gets is decided with the route: the turn says so.

import AsyncHTTPServer
import HTTPCore

/// Answers with one of a list.
struct AnswerList: Responder {
  /// One of them, compiled.
  private struct Answering: Sendable {
    let responder: any Responder
    let travel: AnswerTravel
    /// What the responder says to every request.
    let constant: PreparedResponse?
    let needsBody: Bool
  }

  private let answers: [Answering]
  let answersAtOnce: Bool
  let needsBody: Bool

  init(_ settings: [AnswerSettings], _ context: ResponderContext) {
    answers = settings.map { answer in
      let own = context.with(headers: answer.headers)
      let responder = answer.responder.makeResponder(own)
      let travel = AnswerTravel(answer, own)
      return Answering(
        responder: responder, travel: travel, constant: responder.constantAnswer,
        needsBody: responder.needsBody || own.needsBody || travel.needsBody)
    }
    answersAtOnce = answers.allSatisfy { $0.responder.answersAtOnce && $0.travel.isAtOnce }
    needsBody = answers.contains { $0.needsBody }
  }

  /// The methods of a route that names none: those that every answer has by itself.
  static func methods(of answers: [AnswerSettings]) -> [String]? { answers.lazy.compactMap(\.responder.defaultMethods).first }

  func answer(_ request: borrowing RequestValues) -> Answer { answer(request, in: Turn()) }

  func answer(_ request: borrowing RequestValues, in turn: Turn) -> Answer {
    let answering = answers[turn.answer]
    if let constant = answering.constant { return .prepared(constant) }
    return answering.responder.answer(request)
  }

  func travel(in turn: Turn) -> AnswerTravel? { answers[turn.answer].travel }
}
