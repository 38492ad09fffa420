// The routes, with what came of each.

import AsyncHTTPServer
import HTTPRoutes
import JSONText

enum RouteEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/routes", "The routes in the order of the configuration, each with its counts.",
      answers: [.json(.object([.init("routes", .array(of: .named("Route")))]), "All of them.")],
      action: { _, context in list(context) }),
    AdminEndpoint(
      "GET", "/routes/{id}", "One route.",
      answers: [.json(.named("RouteDetail"), "The route."), .problem(404, "No route has this id.")],
      action: { request, context in
        let (table, id) = (context.source.serving.table, request.pathParameters["id"] ?? "")
        // A proxy in front may have merged the slashes before an id that is a path.
        guard let route = table.routes.first(where: { $0.settings.id == id }) ?? table.routes.first(where: { $0.settings.id == "/" + id })
        else { throw AdminProblem(404, "no route has this id; /routes lists them") }
        return .json(detail(route, context))
      }),
  ]

  /// Piece by piece: ten thousand routes are some megabytes.
  private static func list(_ context: AdminContext) -> Response {
    let body = ResponseBody.stream { writer in
      var list = RouteList(context)
      while let octets = list.next() { try await writer.write(octets) }
    }
    return Response(.ok, body, headers: [.contentType: "application/json"])
  }

  private static func detail(_ route: RouteTable.Route, _ context: AdminContext) -> JSONValue {
    let serving = context.source.serving
    var sources = RouteSources(serving.settings)
    let report = RouteReport.route(route, context.traffic.snapshot.totals(of: route.name), lines: sources.lines(of: route.settings))
    guard case .object(var members) = report else { return report }
    if let when = route.settings.when { members.set("when", to: .strings(when.parts.map(\.label))) }
    let recordings = route.settings.answer.recordings.map(\.root)
    if !recordings.isEmpty { members.set("recordings", to: .strings(recordings)) }
    return .object(members)
  }
}

/// All routes as JSON, piece by piece.
struct RouteList {
  private let routes: [RouteTable.Route]
  private let snapshot: TrafficSnapshot
  private var sources: RouteSources
  private var index = 0
  private var isOver = false

  private static let pieceSize = 32_768

  init(_ context: AdminContext) {
    let serving = context.source.serving
    routes = serving.table.routes
    sources = RouteSources(serving.settings)
    snapshot = context.traffic.snapshot
  }

  /// The next piece; nil at the end.
  mutating func next() -> [UInt8]? {
    if isOver { return nil }
    var octets = index == 0 ? Array("{\"routes\":[".utf8) : []
    while index < routes.count {
      if index > 0 { octets += ",\n".utf8 }
      let route = routes[index]
      JSONWriter.append(
        RouteReport.route(route, snapshot.totals(of: route.name), lines: sources.lines(of: route.settings)), to: &octets)
      index += 1
      if octets.count >= Self.pieceSize { return octets }
    }
    isOver = true
    return octets + "]}\n".utf8
  }
}
