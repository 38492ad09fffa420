// Why no route answered an exchange: made when an operator asks, by the table that serves then.

import HTTPCore
import HTTPRoutes
import JSONText
import Reactor
import YAMLDocument

/// The routes that came near one exchange.
struct NearMisses: Sendable {
  private var misses: [NearMiss] = []
  /// In their order.
  private(set) var routes: [RouteSettings] = []
  private var rules = JournalRedaction(headers: [], paths: [])
  /// The id of the route that answers such a request now; nil where none does.
  private(set) var answeringNow: String?

  /// None.
  init() {}

  /// Conditions on fields and on the query are asked of what the client sent, so that a route which wants a credential
  /// is not blamed for what is only hidden here; those on the body are asked of what is shown of it.
  init(of kept: KeptExchange, _ shown: ShownExchange, in table: RouteTable, _ rules: JournalRedaction) {
    guard let client = shown.client,
      let request = PastRequest(head: Array(kept.head), body: shown.request.body, client: client, time: shown.time.seconds)
    else { return }
    let (answering, misses) = table.nearMisses(of: request)
    self.misses = misses
    self.rules = rules
    routes = misses.map { table.routes[$0.routeIndex].settings }
    answeringNow = answering?.settings.id
  }

  /// The member that says which route answers now.
  var answering: [(name: String, value: JSONValue)] { answeringNow.map { [("answered_now_by", .string($0))] } ?? [] }

  /// The lines of the routes by id, as far as their files are as they were loaded. They are read on a thread that may
  /// block.
  static func lines(of routes: [RouteSettings], in settings: Settings) async -> [String: String] {
    if routes.isEmpty { return [:] }
    return await BackgroundThread.run {
      var sources = RouteSources(settings)
      return routes.reduce(into: [:]) { $0[$1.id] = sources.lines(of: $1) }
    }
  }

  /// The near misses, nearest first.
  ///
  /// - Parameter lines: of `routes`, by id.
  func json(_ lines: [String: String]) -> [JSONValue] {
    zip(misses, routes).map { miss, route in
      .object([
        "route": .string(route.id), "file": .string(route.mark.file), "line": .integer(route.mark.line),
        "column": .integer(route.mark.column), "parts": Self.parts(miss.lines, rules),
        "yaml": lines[route.id].map { .string($0) } ?? .null,
      ])
    }
  }

  /// Path, method and the parts of a condition, each with what is there.
  static func parts(_ findings: [ConditionFinding], _ rules: JournalRedaction) -> JSONValue {
    .array(
      findings.map { finding in
        let isSecret = rules.hides(finding.label)
        func shown(_ text: String?) -> JSONValue { text.map { .string(isSecret ? JournalRedaction.mark : $0) } ?? .null }
        var members: [(name: String, value: JSONValue)] = [
          ("ok", .bool(finding.holds)), ("name", .string(finding.label)), ("expected", finding.expected.map { .string($0) } ?? .null),
          ("found", shown(finding.found ?? (finding.detail.isEmpty ? nil : finding.detail))),
        ]
        if let hint = finding.hint { members.append(("hint", .string(hint))) }
        return .object(JSONObject(members))
      })
  }
}

extension JournalRedaction {
  /// Whether what a part of a condition looks at is a secret, by the part's label: `headers.authorization`,
  /// `any_of 1: query.password`.
  func hides(_ label: String) -> Bool {
    var label = label[...]
    while label.hasPrefix("any_of "), let colon = label.firstRange(of: ": ") { label = label[colon.upperBound...] }
    guard let dot = label.firstIndex(of: ".") else { return false }
    let name = String(label[label.index(after: dot)...])
    switch label[..<dot] {
    case "headers": return headers.contains(name.lowercased())
    case "cookies": return headers.contains("cookie")
    case "query", "form": return names.contains(name)
    default: return false
    }
  }
}
