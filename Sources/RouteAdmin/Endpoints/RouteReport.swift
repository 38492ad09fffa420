// A route and what came of it, as JSON.

import AsyncHTTPServer
import HTTPRoutes
import JSONText
import YAMLDocument

enum RouteReport {
  /// - Parameter sources: reads the route's lines; nil leaves them out.
  static func route(_ route: RouteTable.Route, _ totals: RouteTotals, lines: String?) -> JSONValue {
    let settings = route.settings
    return .object([
      "id": .string(settings.id),
      "kind": .string(settings.kind),
      "path": .string(settings.pattern.text),
      "methods": settings.methods.map { .strings($0) } ?? .array([]),
      "file": .string(settings.patternMark.file),
      "line": .integer(settings.patternMark.line),
      "column": .integer(settings.patternMark.column),
      "hits": .integer(totals.requests),
      "errors": .integer(totals.errors),
      "status": statuses(totals),
      "outcomes": outcomes(totals),
      "latency_us": StatusReport.latency(totals),
      "bytes_sent": .integer(totals.sentBytes),
      "last_used": totals.lastUse == 0 ? .null : JSONTime.value(milliseconds: Int64(totals.lastUse / 1000)),
      "yaml": lines.map { .string($0) } ?? .null,
    ])
  }

  /// Classes and outcomes that occurred.
  private static func statuses(_ totals: RouteTotals) -> JSONValue {
    let classes = (0..<RouteCounters.classCount).map { (name: $0 == 0 ? "none" : "\($0)xx", value: totals.count(statusClass: $0)) }
    return .object(JSONObject(classes.filter { $0.value > 0 }.map { ($0.name, .integer($0.value)) }))
  }

  private static func outcomes(_ totals: RouteTotals) -> JSONValue {
    let counts = AnswerOutcome.allCases.map { (name: $0.description, value: totals.count($0)) }
    return .object(JSONObject(counts.filter { $0.value > 0 }.map { ($0.name, .integer($0.value)) }))
  }

  static let members: [AdminShape.Member] = [
    .init("id", .string), .init("kind", .string), .init("path", .string), .init("methods", .array(of: .string)), .init("file", .string),
    .init("line", .integer), .init("column", .integer), .init("hits", .integer), .init("errors", .integer),
    .init("status", .map(of: .integer)), .init("outcomes", .map(of: .integer)), .init("latency_us", StatusReport.latencyShape),
    .init("bytes_sent", .integer), .init("last_used", .nullable(.time)), .init("yaml", .nullable(.string)),
  ]
}
