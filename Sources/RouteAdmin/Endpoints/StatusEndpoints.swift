// How the process is doing, now and over the last minutes.

import AsyncHTTPServer
import JSONText

enum StatusEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/status", "How the process is doing.", answers: [.json(.named("Status"), "What it holds and has done.")],
      action: { _, context in .json(StatusReport.status(context.source, context.traffic, context.journal)) }),
    AdminEndpoint(
      "GET", "/series", "The last minutes, a point for each second. Points are taken from the first question on.",
      parameters: [AdminParameter("seconds", .integer, "How many seconds, 1 to 600; 300 by default.")],
      answers: [.json(.named("Series"), "The points, the latest last."), .problem(400, "The number of seconds is none.")],
      action: { request, context in
        let seconds = try request.integer("seconds", in: 1...TrafficSeries.maxPoints) ?? 300
        let points = context.series.points(seconds: seconds, on: request.request.reactor)
        return .json(.object(["step_s": .integer(1), "points": .array(points.map(json))]))
      }),
  ]

  private static func json(_ point: TrafficSeries.Point) -> JSONValue {
    .object([
      "t": JSONTime.value(milliseconds: point.milliseconds), "requests": .integer(point.requests), "errors": .integer(point.errors),
      "p50_us": .integer(orNull: point.median), "p99_us": .integer(orNull: point.percentile99),
      "descriptors": .integer(orNull: point.descriptors), "connections": .integer(point.connections),
    ])
  }

  static let seriesShape = AdminShape.object([
    .init("step_s", .integer),
    .init(
      "points",
      .array(
        of: .object([
          .init("t", .time), .init("requests", .integer), .init("errors", .integer), .init("p50_us", .nullable(.integer)),
          .init("p99_us", .nullable(.integer)), .init("descriptors", .nullable(.integer)), .init("connections", .integer),
        ]))),
  ])
}
