// How the process is doing, as JSON: what /status answers, and `asynchttpd status` prints.

import AsyncHTTPServer
import HTTPRoutes
package import JSONText
import Reactor

package enum StatusReport {
  /// The status of this moment, as `shape` says.
  package static func status(_ source: any AdminSource, _ traffic: TrafficMetrics, _ journal: Journal?) -> JSONValue {
    let (program, serving, metrics) = (source.program, source.serving, source.serverMetrics)
    let all = traffic.snapshot.all
    let usage = ProcessUsage.now
    let dropped = source.droppedLines
    let uptime = max(0, WallClock.milliseconds() - program.startedMilliseconds)
    return .object([
      "version": .string(program.version),
      "pid": .integer(Int(program.processID)),
      "started": JSONTime.value(milliseconds: program.startedMilliseconds),
      "uptime_s": .decimal(Double(uptime) / 1000, digits: 3),
      "generation": .integer(serving.generation),
      "draining": .bool(serving.isDraining),
      "ready": .bool(!serving.isDraining),
      "listen": .strings(serving.addresses),
      "config": .string(serving.configuration),
      "routes": .integer(serving.settings.routes.count),
      "connections": connections(metrics),
      "descriptors": descriptors(source.descriptors),
      "gate": .object(["open": .bool(!metrics.isGateShut), "closures": .integer(metrics.gateClosures)]),
      "requests": .object([
        "total": .integer(metrics.requests), "rejected": .integer(metrics.rejectedRequests), "timeouts": .integer(metrics.timeouts),
        "failed_handlers": .integer(metrics.failedHandlers),
      ]),
      "latency_us": latency(all),
      "last_reload": source.reloads.first.map { ReloadEndpoints.json($0) } ?? .null,
      "recordings": recordings(all, serving.table),
      "log": .object(["dropped_lines": .integer(dropped.log)]),
      "access_log": .object(["dropped_lines": .integer(dropped.accessLog)]),
      "process": .object([
        "cpu_s": .decimal(usage.processorSeconds, digits: 3), "resident_bytes": .integer(orNull: usage.residentBytes),
      ]),
      "journal": journal.map { figures($0.figures) } ?? .null,
    ])
  }

  /// Routes that are listed with their hits.
  private static let maxListed = 1000
  /// Bytes of the list.
  private static let maxListSize = 524_288

  /// The same with the routes that were asked for, the busiest first, as one line of text.
  package static func text(_ source: any AdminSource, _ traffic: TrafficMetrics, _ journal: Journal?) -> String {
    let snapshot = traffic.snapshot
    let used = source.serving.table.routes.lazy.map { (route: $0, totals: snapshot.totals(of: $0.name)) }
      .filter { $0.totals.requests > 0 }.sorted { $0.totals.requests > $1.totals.requests }
    var (hits, size): ([JSONValue], Int) = ([], 0)
    for (route, totals) in used.prefix(maxListed) {
      size += route.settings.id.utf8.count + 100
      if size > maxListSize { break }
      hits.append(
        .object([
          "id": .string(route.settings.id), "kind": .string(route.settings.kind), "hits": .integer(totals.requests),
          "errors": .integer(totals.errors), "last_used": JSONTime.value(milliseconds: Int64(totals.lastUse / 1000)),
        ]))
    }
    guard case .object(var status) = status(source, traffic, journal) else { return "{}" }
    status.set("hits", to: .array(hits))
    status.set("used_routes", to: .integer(used.count))
    status.set("unrouted", to: .integer(snapshot.unrouted.requests))
    return JSONWriter.text(of: .object(status))
  }

  private static func connections(_ metrics: ServerMetrics) -> JSONValue {
    .object([
      "open": .integer(metrics.openConnections), "accepted": .integer(metrics.acceptedConnections),
      "shed": .integer(metrics.shedConnections), "refused": .integer(metrics.refusedConnections),
    ])
  }

  private static func figures(_ figures: Journal.Figures) -> JSONValue {
    .object(["entries": .integer(figures.entries), "bytes": .integer(figures.bytes), "lost": .integer(figures.lost)])
  }

  private static func descriptors(_ facts: DescriptorFacts) -> JSONValue {
    .object(["open": .integer(orNull: facts.open), "limit": .integer(facts.limit), "reserved": .integer(facts.reserved)])
  }

  /// The median and the 99th percentile.
  static func latency(_ totals: RouteTotals) -> JSONValue {
    .object(["p50": .integer(orNull: totals.latency.quantile(0.5)), "p99": .integer(orNull: totals.latency.quantile(0.99))])
  }

  private static func recordings(_ all: RouteTotals, _ table: RouteTable) -> JSONValue {
    .object([
      "hit": .integer(all.count(.recorded) + all.count(.stale)), "fetched": .integer(all.count(.fetched) + all.count(.refreshed)),
      "failed": .integer(all.count(.failed)), "evicted": .integer(table.activity.evictedRecordings),
    ])
  }

  static let shape = AdminShape.object(
    [
      .init("version", .string), .init("pid", .integer), .init("started", .time), .init("uptime_s", .number), .init("generation", .integer),
      .init("draining", .boolean), .init("ready", .boolean), .init("listen", .array(of: .string)), .init("config", .string),
      .init("routes", .integer), .init("connections", counts("open", "accepted", "shed", "refused")),
      .init("descriptors", .object([.init("open", .nullable(.integer)), .init("limit", .integer), .init("reserved", .integer)])),
      .init("gate", .object([.init("open", .boolean), .init("closures", .integer)])),
      .init("requests", counts("total", "rejected", "timeouts", "failed_handlers")), .init("latency_us", latencyShape),
      .init("last_reload", .nullable(.named("Reload"))), .init("recordings", counts("hit", "fetched", "failed", "evicted")),
      .init("log", counts("dropped_lines")), .init("access_log", counts("dropped_lines")),
      .init("process", .object([.init("cpu_s", .number), .init("resident_bytes", .nullable(.integer))])),
      .init("journal", .nullable(counts("entries", "bytes", "lost"))),
    ])

  static let latencyShape = AdminShape.object([.init("p50", .nullable(.integer)), .init("p99", .nullable(.integer))])

  private static func counts(_ names: String...) -> AdminShape { .object(names.map { .init($0, .integer) }) }
}
