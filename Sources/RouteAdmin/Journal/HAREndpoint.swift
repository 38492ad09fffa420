// The journal as an HTTP archive (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/), which browsers and other
// tools open. It is written entry by entry: a thousand with their bodies are more than is to be held at once.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

enum HAREndpoint {
  static let endpoint = AdminEndpoint(
    "GET", "/requests.har", "The same requests as an HTTP archive (HAR 1.2), oldest first.",
    parameters: JournalEndpoints.filters + [AdminParameter("limit", .integer, "Entries, at most 1000, which is the default.")],
    answers: [
      AdminAnswer(200, "application/json", nil, "The archive; `_lost` of its log says how many entries are gone."),
      .problem(400, "A parameter is not understood."), JournalEndpoints.off,
    ],
    action: { request, context in
      let journal = try JournalEndpoints.journal(context)
      var query = try JournalEndpoints.query(request, names: JournalQuery.filterNames + ["limit"])
      if request.query("limit") == nil { query.limit = JournalQuery.maxLimit }
      let version = context.source.program.version
      let reactor = request.request.reactor
      return Response(
        .ok, .stream { [query] writer in try await write(journal, query, version, reactor, to: writer) },
        headers: [
          .contentType: "application/json", .contentDisposition: "attachment; filename=\"requests.har\"",
        ])
    })

  private static func write(
    _ journal: Journal, _ query: JournalQuery, _ version: String, _ reactor: Reactor, to writer: ResponseWriter
  ) async throws {
    let (ids, lost) = await journal.find(query, on: reactor, \.id)
    let creator = JSONWriter.text(of: .object(["name": .string("asynchttpd"), "version": .string(version)]))
    try await writer.write("{\"log\":{\"version\":\"1.2\",\"creator\":\(creator),\"entries\":[")
    let rules = journal.redaction
    var octets: [UInt8] = []
    var isFirst = true
    for id in ids.reversed() {
      guard let kept = journal.exchange(id) else { continue }
      octets.append(contentsOf: isFirst ? [] : [UInt8(ascii: ",")])
      isFirst = false
      JSONWriter.append(HAREntry.value(of: ShownExchange(kept, rules)), to: &octets)
      guard octets.count >= maxPiece else { continue }
      try await writer.write(octets)
      octets = []
      await reactor.nextTurn()
    }
    octets += Array("],\"_lost\":\(lost)}}\n".utf8)
    try await writer.write(octets)
  }

  /// Octets that are made before the client takes some.
  private static let maxPiece = 65_536
}
