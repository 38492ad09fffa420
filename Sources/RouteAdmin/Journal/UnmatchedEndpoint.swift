// What was asked for that no route answers, each method and path once: what is missing from the configuration.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

enum UnmatchedEndpoint {
  static let endpoint = AdminEndpoint(
    "GET", "/unmatched", "Requests that no route answered, by method and path, with the route that came nearest; the most frequent first.",
    parameters: [AdminParameter("limit", .integer, "Groups, at most 1000; 100 by default.")],
    answers: [.json(JournalShapes.unmatched, "The groups."), .problem(400, "The limit is not understood."), JournalEndpoints.off],
    action: { request, context in
      let journal = try JournalEndpoints.journal(context)
      let limit = try JournalEndpoints.query(request, names: ["limit"]).limit
      let reactor = request.request.reactor
      let (groups, lost) = await groups(journal, on: reactor)
      let shown = groups.sorted { ($0.count, $0.lastID) > ($1.count, $1.lastID) }.prefix(limit)
      let serving = context.source.serving
      let near = await nearMisses(shown.map(\.lastID), journal, serving.table, on: reactor)
      let lines = await NearMisses.lines(of: near.compactMap(\.routes.first), in: serving.settings)
      let list = zip(shown, near).map { $0.json(nearest: $1.json(lines).first) }
      return .json(.object(["unmatched": .array(list), "lost": .integer(lost)]))
    })

  /// Methods and paths that are told apart; of more, those that were asked for last.
  private static let maxGroups = 10_000

  private struct Group {
    let method: String
    let path: String
    var count = 1
    let lastID: Int
    let last: RFC3339Time
    let status: Int

    func json(nearest: JSONValue?) -> JSONValue {
      .object([
        "method": .string(method), "path": .string(path), "count": .integer(count), "last": .string(last.milliseconds),
        "last_id": .integer(lastID), "status": .integer(status), "nearest": nearest ?? .null,
      ])
    }
  }

  private nonisolated(nonsending) static func groups(_ journal: Journal, on reactor: Reactor) async -> ([Group], lost: Int) {
    let ids = journal.ids
    let lost = journal.lost()
    var filter = JournalFilter()
    filter.isMatched = false
    var groups: [Group] = []
    var positions: [String: Int] = [:]
    var scan = JournalScan(journal, on: reactor)
    await scan.run(ids.reversed(), filter) { shown in
      guard !shown.header.isMalformed else { return true }
      let path = ShownOctets.text(shown.normalizedPath ?? shown.target)
      let key = "\(shown.methodText) \(path)"
      if let position = positions[key] {
        groups[position].count += 1
      } else if groups.count < maxGroups {
        positions[key] = groups.count
        groups.append(
          Group(method: shown.methodText, path: path, lastID: shown.id, last: shown.time, status: Int(shown.header.status)))
      }
      return true
    }
    return (groups, lost)
  }

  /// Those of each entry, a few entries in each turn of the thread.
  private nonisolated(nonsending) static func nearMisses(
    _ ids: [Int], _ journal: Journal, _ table: RouteTable, on reactor: Reactor
  ) async -> [NearMisses] {
    let rules = journal.redaction
    var found: [NearMisses] = []
    for id in ids {
      guard let kept = journal.exchange(id) else {
        found.append(NearMisses())
        continue
      }
      found.append(NearMisses(of: kept, ShownExchange(kept, rules), in: table, rules))
      // All patterns of the table are compared for one of them.
      await reactor.nextTurn()
    }
    return found
  }
}
