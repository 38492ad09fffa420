// How many requests there were of a kind: by the filters of the list, or by the language of routes.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText

enum CountEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/requests/count", "How many of the kept requests the filters take.", parameters: JournalEndpoints.filters,
      answers: [.json(JournalShapes.count, "The number."), .problem(400, "A parameter is not understood."), JournalEndpoints.off],
      action: { request, context in
        let journal = try JournalEndpoints.journal(context)
        let query = try JournalEndpoints.query(request, names: JournalQuery.filterNames)
        let (count, lost) = await journal.count(query.filter, on: request.request.reactor)
        return .json(.object(["count": .integer(count), "lost": .integer(lost)]))
      }),
    AdminEndpoint(
      "POST", "/requests/count", "How many of the kept requests fit a path, a method and a condition.", body: JournalShapes.question,
      answers: [.json(JournalShapes.count, "The number."), invalid, JournalEndpoints.off],
      action: { request, context in
        try await answer(request, context, .count) { await $0.counted() }
      }),
    AdminEndpoint(
      "POST", "/verify", "Whether as many of the kept requests as expected fit a path, a method and a condition.",
      body: JournalShapes.verification,
      answers: [
        .json(JournalShapes.verified, "They do."), .json(JournalShapes.refuted, "They do not.", status: 422), invalid, JournalEndpoints.off,
      ],
      action: { request, context in
        try await answer(request, context, .verification) { await $0.verified() }
      }),
  ]

  private static let invalid = AdminAnswer.problem(400, "The body is not understood; `errors` has each problem with line and column.")

  private static func answer(
    _ request: AdminRequest, _ context: AdminContext, _ kind: RequestQuestion.Kind,
    _ make: @Sendable (Verification) async -> Response
  ) async throws -> Response {
    let journal = try JournalEndpoints.journal(context)
    let text: [UInt8]
    do throws(any Error) {
      text = try await request.request.body.collect(upTo: RequestQuestion.maxLength)
    } catch ServerError.bodyTooLarge {
      throw AdminProblem(413, "the body has more than \(RequestQuestion.maxLength) bytes")
    }
    do throws(ConfigurationError) {
      let question = try RequestQuestion(text, kind: kind)
      return await make(Verification(question, journal, on: request.request.reactor))
    } catch {
      return problem(error.diagnostics)
    }
  }

  /// A problem (RFC 9457) with each diagnostic at its place.
  private static func problem(_ diagnostics: [Diagnostic]) -> Response {
    let errors = diagnostics.filter { $0.severity == .error }.prefix(100)
    let detail = errors.first.map { "line \($0.line), column \($0.column): \($0.message)" } ?? "the body is not understood"
    let body = JSONValue.object([
      "title": .string(ReasonPhrase.phrase(for: 400)), "detail": .string(detail), "status": .integer(400),
      "errors": .array(
        errors.map { error in
          .object([
            "line": .integer(error.line), "column": .integer(error.column), "message": .string(error.message),
          ])
        }),
    ])
    var response = Response.json(body, status: 400)
    response.headers[.contentType] = "application/problem+json"
    return response
  }
}
