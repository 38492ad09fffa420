// What a person who starts the daemon in a terminal is told: where it is, what it serves, and how to go on.

import Glibc
import HTTPRoutes
import Reactor

struct Greeting {
  let version: String
  let addresses: [SocketAddress]
  /// Kinds of the routes, one for each.
  let kinds: [String]
  /// The main file first.
  let files: [String]
  /// Where the admin listener is; nil without one.
  var admin: String?
  /// Whether a saved file is taken up by itself.
  let isWatching: Bool
  let processID: pid_t

  func append(to text: inout PaintedText) {
    text.append("\n")
    text.append("asynchttpd \(version)", .strong)
    text.append(" serves")
    for address in addresses {
      text.append(" ")
      text.append(ServedURL.url(of: address) ?? "\(address)", .link)
    }
    text.append("\n\n")
    var rows = [("routes", "\(kinds.count)" + (kinds.isEmpty ? "" : ": \(Self.counts(of: kinds))"))]
    if let first = files.first {
      rows.append(("config", first + (files.count > 1 ? " and \(counted(files.count - 1, "file")) that it includes" : "")))
    }
    if let admin { rows.append(("admin", admin)) }
    rows.append(("reload", isWatching ? "by itself, when a file of the configuration is saved" : "asynchttpd reload --pid \(processID)"))
    rows.append(("stop", "Ctrl-C, which finishes requests under way; a second one ends at once"))
    for (label, value) in rows {
      text.append("  \(label)  ", .faint)
      text.append(String(repeating: " ", count: 6 - label.count))
      text.append("\(value)\n", value == admin ? .link : nil)
    }
    text.append("\n")
  }

  /// `5 json, 2 static, 1 resource`: the most frequent first, of equals the first in file order.
  static func counts(of kinds: [String]) -> String {
    var counts: [(kind: String, count: Int)] = []
    var positions: [String: Int] = [:]
    for kind in kinds {
      if let position = positions[kind] {
        counts[position].count += 1
      } else {
        positions[kind] = counts.count
        counts.append((kind, 1))
      }
    }
    let ordered = counts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
    return ordered.map { "\($0.element.count) \($0.element.kind)" }.joined(separator: ", ")
  }
}
