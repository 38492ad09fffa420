// The endpoints of the journal. Each family has a file: here are the list, one entry, and the deletion.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

enum JournalEndpoints {
  static let all: [AdminEndpoint] =
    [
      AdminEndpoint(
        "GET", "/requests", "The last requests, newest first; as NDJSON or an event stream where Accept asks for it.",
        parameters: filters + pages,
        answers: [
          .json(JournalShapes.page, "Entries, newest first."),
          AdminAnswer(200, "application/x-ndjson", nil, "One entry on each line; Journal-Lost says how many are gone."),
          AdminAnswer(200, "text/event-stream", nil, "Each new entry as an event with its id; `lost` where some are gone."),
          .problem(400, "A parameter is not understood."), off, .problem(503, "Too many clients wait for entries."),
        ], action: list),
      AdminEndpoint(
        "DELETE", "/requests", "Forgets all requests.",
        answers: [.json(.object([.init("deleted", .integer)]), "How many there were."), off],
        action: { _, context in
          .json(.object(["deleted": .integer(try journal(context).removeAll())]))
        }),
      AdminEndpoint(
        "GET", "/requests/{id}", "One request, its answer, and the routes that came near where none fitted.",
        answers: [.json(JournalShapes.detail, "The exchange."), .problem(404, "It is not kept."), off], action: detail),
    ] + CountEndpoints.all + [UnmatchedEndpoint.endpoint, HAREndpoint.endpoint]

  /// The query parameters that choose entries.
  static let filters = [
    AdminParameter("route", .string, "The id of the route that answered."),
    AdminParameter("method", .string, "A method, or several with commas between them."),
    AdminParameter("status", .string, "A status such as 404, a class such as 4xx, or several with commas between them."),
    AdminParameter("path", .string, "How the path begins; or a pattern as a route has it, which contains { or *."),
    AdminParameter("text", .string, "A text in the target, the fields or the bodies, whatever the case of its letters."),
    AdminParameter("since", .time, "The earliest time (RFC 3339)."),
    AdminParameter("until", .time, "The latest time (RFC 3339)."),
    AdminParameter("matched", .boolean, "Whether a route answered."),
    AdminParameter("outcome", .string, "How the answer came about: recorded, fetched, fault and so on."),
  ]

  private static let pages = [
    AdminParameter("limit", .integer, "Entries, at most 1000; 100 by default."),
    AdminParameter("before", .integer, "Only entries with lower ids: the next page."),
    AdminParameter("after", .integer, "Only entries with higher ids; of more than the limit those with the lowest."),
    AdminParameter("wait", .string, "How long to wait for an entry where there is none, such as 30s; at most 60s."),
  ]

  static let off = AdminAnswer.problem(404, "The journal is off.")

  /// The journal of the process. Throws a problem with 404 where there is none.
  static func journal(_ context: AdminContext) throws(AdminProblem) -> Journal {
    guard let journal = context.journal else {
      throw AdminProblem(404, "the journal is off; in the configuration, admin: {journal: {}} turns it on")
    }
    return journal
  }

  /// The query of a request. Throws a problem with 400 that names the parameter.
  static func query(_ request: AdminRequest, names: [String]) throws(AdminProblem) -> JournalQuery {
    let head = request.request.head
    let raw = head.query.map { Array(request.request.headBytes[$0]) } ?? []
    do throws(JournalQuery.Invalid) {
      return try JournalQuery(raw, names: names)
    } catch {
      throw AdminProblem(400, error.description)
    }
  }

  // MARK: List

  private static let lostField = HTTPField.Name("Journal-Lost")!  // a token

  @Sendable private static func list(_ request: AdminRequest, _ context: AdminContext) async throws -> Response {
    let journal = try journal(context)
    var query = try query(request, names: JournalQuery.filterNames + JournalQuery.pageNames)
    let accept = request.request.headers[.accept]?.lowercased() ?? ""
    if accept.contains("text/event-stream") { return try JournalFeed(journal, query, request.request).response() }
    if query.wait > .zero {
      query.after = query.after ?? journal.ids.upperBound - 1
      guard try await JournalFeed(journal, query, request.request).waitForEntry() else { return Response(.serviceUnavailable) }
    }
    let (entries, lost) = await journal.find(query, on: request.request.reactor) { $0.summary }
    guard accept.contains("application/x-ndjson") else {
      return .json(.object(["entries": .array(entries), "lost": .integer(lost)]))
    }
    var lines: [UInt8] = []
    for entry in entries {
      JSONWriter.append(entry, to: &lines)
      lines.append(0x0A)
    }
    return Response(.ok, .bytes(lines), headers: [.contentType: "application/x-ndjson", lostField: "\(lost)"])
  }

  // MARK: One entry

  @Sendable private static func detail(_ request: AdminRequest, _ context: AdminContext) async throws -> Response {
    let journal = try journal(context)
    let text = request.pathParameters["id"] ?? ""
    guard let id = Int(text), id > 0 else {
      throw AdminProblem(404, "an entry has a number as /requests lists them, and \"\(text.prefix(60).description)\" is none")
    }
    _ = journal.ids
    guard let kept = journal.exchange(id) else {
      let wasThere = id < journal.ids.lowerBound
      throw AdminProblem(404, "entry \(id) \(wasThere ? "has made room for later ones, or was deleted" : "does not exist yet")")
    }
    let shown = ShownExchange(kept, journal.redaction)
    let serving = context.source.serving
    let near = shown.isMatched ? NearMisses() : NearMisses(of: kept, shown, in: serving.table, journal.redaction)
    let lines = await NearMisses.lines(of: near.routes, in: serving.settings)
    return .json(shown.detail([("near_misses", .array(near.json(lines)))] + near.answering))
  }
}
