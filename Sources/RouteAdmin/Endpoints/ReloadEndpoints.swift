// Reloads: the last ones with what they changed, and one more; and going back to the start.

import AsyncHTTPServer
import JSONText

enum ReloadEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/reloads", "The last \(ReloadRecord.maxKept) reloads, newest first.",
      answers: [.json(.object([.init("reloads", .array(of: .named("Reload")))]), "The reloads since the start.")],
      action: { _, context in .json(.object(["reloads": .array(context.source.reloads.map(json))])) }),
    AdminEndpoint(
      "POST", "/reload", "Reloads the configuration and waits for the outcome.",
      answers: [
        .json(.named("Reload"), "What is configured now is served."),
        .json(.named("Reload"), "The configuration has errors; what was served is served on.", status: 422),
        .problem(503, "The process is about to end."),
      ],
      action: { _, context in
        guard let record = await context.source.reload() else { throw AdminProblem(503, "the daemon is draining") }
        return .json(json(record), status: record.outcome == .reloaded ? 200 : 422)
      }),
    AdminEndpoint(
      "POST", "/reset", "Brings what routes remember back to the start: of the ids given, or everything.",
      body: .object([], optional: [.init("ids", .array(of: .string))]),
      answers: [
        .json(.object([.init("reset", .array(of: .string))]), "The names of what was reset."),
        .problem(400, "The body is not as it should be."), .problem(404, "An id is unknown, and nothing was reset."),
        .problem(500, "A state could not be saved."),
      ],
      action: { request, context in
        switch await context.source.reset(try ids(in: try await request.json())) {
        case .success(let names): return .json(.object(["reset": .strings(names)]))
        case .failure(let problems):
          throw AdminProblem(problems.hasUnknownNames ? 404 : 500, problems.sentences.joined(separator: "; "))
        }
      }),
  ]

  private static func ids(in body: JSONValue?) throws(AdminProblem) -> [String] {
    guard let body else { return [] }
    guard case .object(let members) = body, members.members.allSatisfy({ $0.name == "ids" }) else {
      throw AdminProblem(400, "the body is an object such as {\"ids\": [\"jobs\"]}, or empty")
    }
    guard let ids = members["ids"] else { return [] }
    guard case .array(let items) = ids else { throw AdminProblem(400, "ids is a list of names") }
    var names: [String] = []
    for item in items {
      guard case .string(let name) = item else { throw AdminProblem(400, "ids is a list of names") }
      names.append(name)
    }
    // Nothing named is not everything.
    if names.isEmpty { throw AdminProblem(400, "ids is empty; leave it out to reset everything") }
    return names
  }

  static func json(_ record: ReloadRecord) -> JSONValue {
    .object([
      "time": JSONTime.value(milliseconds: record.milliseconds),
      "generation": .integer(record.generation),
      "outcome": .string(record.outcome.rawValue),
      "summary": .string(record.summary),
      "changes": .strings(record.changes),
      "diagnostics": .strings(record.diagnostics),
      "duration_ms": .integer(record.durationMilliseconds),
    ])
  }

  static let shape = AdminShape.object([
    .init("time", .time), .init("generation", .integer), .init("outcome", .words(["reloaded", "refused"])), .init("summary", .string),
    .init("changes", .array(of: .string)), .init("diagnostics", .array(of: .string)), .init("duration_ms", .integer),
  ])
}
