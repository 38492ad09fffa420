// The status of a daemon as people read it.

import HTTPCore
import JSONText
import RouteAdmin

/// What `asynchttpd status` prints of the JSON that a daemon answers with. A member that is missing, as from another
/// version, shows as a question mark.
struct StatusText {
  private let status: JSONValue

  init(_ status: JSONValue) { self.status = status }

  /// A line for each subject, then a table of the routes.
  var text: String {
    let rows: [(String, String)] = [
      ("asynchttpd", "\(show("version")), process \(show("pid")), up \(uptime)"),
      ("state", status["draining"] == .bool(true) ? "draining" : "serving"),
      ("listen", list("listen")),
      ("configuration", "\(show("config")): \(show("routes")) routes, generation \(show("generation"))"),
      ("last reload", lastReload),
      (
        "connections",
        "\(show("connections", "open")) open, \(show("connections", "accepted")) accepted, \(show("connections", "shed")) shed, "
          + "\(show("connections", "refused")) refused"
      ),
      (
        "descriptors",
        "\(show("descriptors", "open")) open, limit \(show("descriptors", "limit")), \(show("descriptors", "reserved")) more reserved"
      ),
      ("gate", "\(status["gate"]?["open"] == .bool(true) ? "open" : "shut"), closed \(show("gate", "closures")) times"),
      (
        "requests",
        "\(show("requests", "total")), \(show("requests", "rejected")) rejected, \(show("requests", "timeouts")) timeouts, "
          + "\(show("requests", "failed_handlers")) failed handlers"
      ),
      ("latency", "p50 \(milliseconds("p50")), p99 \(milliseconds("p99"))"),
      (
        "recordings",
        "\(show("recordings", "hit")) hits, \(show("recordings", "fetched")) fetched, \(show("recordings", "failed")) failed, "
          + "\(show("recordings", "evicted")) evicted"
      ),
      ("lost lines", "\(show("log", "dropped_lines")) of the log, \(show("access_log", "dropped_lines")) of the access log"),
      ("process", "\(show("process", "cpu_s")) s of processor, \(mebibytes) MiB resident"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { $0.0.padded(to: width) + "  " + $0.1 + "\n" }
    return lines.joined() + routes
  }

  private var routes: String {
    guard case .array(let hits)? = status["hits"] else { return "" }
    let rows =
      [["HITS", "ERRORS", "LAST USED", "KIND", "ROUTE"]]
      + hits.map { hit in
        ["hits", "errors", "last_used", "kind", "id"].map { Self.shown(hit[$0]) }
      }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let table = rows.map { row in
      row[0].paddedLeft(to: widths[0]) + "  " + row[1].paddedLeft(to: widths[1]) + "  " + row[2].padded(to: widths[2]) + "  "
        + row[3].padded(to: widths[3]) + "  " + row[4] + "\n"
    }
    let used = integer("used_routes") ?? 0
    let unused = max(0, (integer("routes") ?? 0) - used)
    var notes = used > hits.count ? ["\(used - hits.count) routes more were asked for"] : []
    if unused > 0 { notes.append("\(unused) \(unused == 1 ? "route was" : "routes were") never asked for") }
    if let unrouted = integer("unrouted"), unrouted > 0 { notes.append("\(unrouted) requests fitted no route") }
    let end = notes.isEmpty ? "" : notes.joined(separator: "; ") + "\n"
    return hits.isEmpty ? "\n" + end : "\n" + table.joined() + end
  }

  private var lastReload: String {
    guard let reload = status["last_reload"], reload != .null else { return "none" }
    return "\(Self.shown(reload["outcome"])) at \(Self.shown(reload["time"])): \(Self.shown(reload["summary"]))"
  }

  /// `3 d 4 h`, `4 h 12 min`, `12 min 5 s`, `5 s`.
  private var uptime: String {
    guard case .number(let number)? = status["uptime_s"], let seconds = Double(number.spelling), seconds >= 0, seconds < 1e12 else {
      return "?"
    }
    let total = Int(seconds)
    let units = [("d", total / 86_400), ("h", total / 3_600 % 24), ("min", total / 60 % 60), ("s", total % 60)]
    let shown = units.drop { $0.1 == 0 }.prefix(2)
    return shown.isEmpty ? "0 s" : shown.map { "\($0.1) \($0.0)" }.joined(separator: " ")
  }

  private func milliseconds(_ name: String) -> String {
    guard case .number(let number)? = status["latency_us"]?[name], let value = number.integer else { return "-" }
    return "\(JSONWriter.text(of: .decimal(Double(value) / 1000, digits: 2))) ms"
  }

  private var mebibytes: String {
    guard case .number(let number)? = status["process"]?["resident_bytes"], let bytes = number.integer else { return "?" }
    return JSONWriter.text(of: .decimal(Double(bytes) / 1_048_576, digits: 1))
  }

  private func list(_ name: String) -> String {
    guard case .array(let items)? = status[name] else { return "?" }
    return items.map { Self.shown($0) }.joined(separator: ", ")
  }

  private func integer(_ name: String) -> Int? {
    guard case .number(let number)? = status[name] else { return nil }
    return number.integer
  }

  private func show(_ name: String, _ inner: String? = nil) -> String {
    Self.shown(inner.map { status[name]?[$0] } ?? status[name])
  }

  private static func shown(_ value: JSONValue?) -> String {
    switch value {
    case nil, .null?: "?"
    case .string(let text)?: text.escapingControlCharacters
    case let value?: JSONWriter.text(of: value)
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  fileprivate func paddedLeft(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
