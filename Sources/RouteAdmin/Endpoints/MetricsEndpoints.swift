// The metrics, as Prometheus reads them.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes

enum MetricsEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/metrics", "The metrics for Prometheus, in its text format.",
      answers: [AdminAnswer(200, PrometheusText.mediaType, nil, "All metrics of this moment.")],
      action: { _, context in
        let body = ResponseBody.stream { writer in
          var report = MetricsReport(context)
          while let octets = report.next() { try await writer.write(octets) }
        }
        return Response(.ok, body, headers: [.contentType: PrometheusText.mediaType])
      })
  ]
}

/// All metrics, piece by piece: ten thousand routes are some megabytes.
struct MetricsReport {
  private let context: AdminContext
  private let routes: [RouteTable.Route]
  private let snapshot: TrafficSnapshot
  private var text = PrometheusText()
  private var steps: [Step]

  /// What the next piece goes on with. Metrics by route are walked once each, since the samples of a metric stand
  /// together.
  private enum Step {
    case process
    case begin(RouteMetric)
    case routes(RouteMetric, from: Int)
  }

  private enum RouteMetric: CaseIterable {
    case requests, durations, sentBytes, receivedBytes, lastUse
  }

  /// Routes whose durations are told apart: a histogram has a line for each of its buckets. Those beyond are counted
  /// together.
  static let maxHistograms = 1000
  private static let pieceSize = 32_768
  /// The label of requests that no route answered; ids are never empty.
  private static let noRoute = ""

  init(_ context: AdminContext) {
    self.context = context
    routes = context.source.serving.table.routes
    snapshot = context.traffic.snapshot
    steps = ([.process] + RouteMetric.allCases.map { .begin($0) }).reversed()
  }

  /// The next piece; nil at the end.
  mutating func next() -> [UInt8]? {
    while let step = steps.popLast() {
      switch step {
      case .process: ProcessMetrics.append(context, to: &text)
      case .begin(let metric):
        begin(metric)
        steps.append(.routes(metric, from: 0))
      case .routes(let metric, let start): append(metric, from: start)
      }
      if text.octets.count >= Self.pieceSize { return text.take() }
    }
    let rest = text.take()
    return rest.isEmpty ? nil : rest
  }

  private mutating func begin(_ metric: RouteMetric) {
    switch metric {
    case .requests:
      text.begin(
        "asynchttpd_requests_total", .counter,
        "Requests answered, by route (empty for those of no route), class of the status, and outcome of a recording or fault.")
      append(metric, [("route", Self.noRoute)], snapshot.unrouted)
    case .durations:
      text.begin(
        "asynchttpd_request_duration_seconds", .histogram, "From the head of a request to the end of its answer, by route.")
      var others = snapshot.unrouted
      for route in routes.dropFirst(Self.maxHistograms) { others += snapshot.totals(of: route.name) }
      append(metric, [("route", Self.noRoute)], others)
    case .sentBytes:
      text.begin("asynchttpd_response_body_bytes_total", .counter, "Bytes of answers' bodies, without framing, by route.")
      append(metric, [("route", Self.noRoute)], snapshot.unrouted)
    case .receivedBytes:
      text.begin("asynchttpd_request_body_bytes_total", .counter, "Bytes of requests' bodies, without framing, by route.")
      append(metric, [("route", Self.noRoute)], snapshot.unrouted)
    case .lastUse:
      text.begin("asynchttpd_route_last_request_timestamp_seconds", .gauge, "When a route last answered, seconds since 1970.")
    }
  }

  private mutating func append(_ metric: RouteMetric, from start: Int) {
    let end = metric == .durations ? min(routes.count, Self.maxHistograms) : routes.count
    var index = start
    while index < end {
      let totals = snapshot.totals(of: routes[index].name)
      // A route that is never asked for is not in the table of series.
      if totals.requests > 0 { append(metric, [("route", routes[index].settings.id)], totals) }
      index += 1
      if text.octets.count >= Self.pieceSize {
        steps.append(.routes(metric, from: index))
        return
      }
    }
  }

  private mutating func append(_ metric: RouteMetric, _ labels: [(String, String)], _ totals: RouteTotals) {
    switch metric {
    case .requests:
      for outcome in [nil] + AnswerOutcome.allCases.map(Optional.some) {
        for statusClass in 0..<RouteCounters.classCount {
          let count = totals.count(outcome, statusClass: statusClass)
          guard count > 0 else { continue }
          let code = statusClass == 0 ? "none" : "\(statusClass)xx"
          text.sample(labels + [("code", code), ("outcome", outcome?.description ?? "")], count)
        }
      }
    case .durations: text.histogram(labels, totals.latency, microseconds: totals.microseconds)
    case .sentBytes: text.sample(labels, totals.sentBytes)
    case .receivedBytes: text.sample(labels, totals.receivedBytes)
    case .lastUse: text.sample(labels, Double(totals.lastUse / 1000) / 1000)
    }
  }
}
