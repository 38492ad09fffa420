// The page at / of the admin listener. Its text, style and script are files of their own beside this one; what is written
// into it here lets it be read without the script, which replaces it by what is live.

import AsyncHTTPServer
import HTTPRoutes
import JSONText
import Reactor

/// The page and its parts, as they are sent.
enum AdminPage {
  static let style = PackageResources.page_css
  static let script = PackageResources.page_js

  /// Routes and requests that are written into the page.
  private static let maxRows = 100

  /// The page as it is at this moment.
  nonisolated(nonsending) static func html(_ request: AdminRequest, _ context: AdminContext) async throws -> [UInt8] {
    let serving = context.source.serving
    let snapshot = context.traffic.snapshot
    let routes = serving.table.routes.prefix(maxRows).map { RouteReport.route($0, snapshot.totals(of: $0.name), lines: nil) }
    var requests: [JSONValue] = []
    if let journal = context.journal {
      requests = await journal.find(try JournalQuery([]), on: request.request.reactor) { $0.summary }.found
    }
    let parts: [(mark: String, html: String)] = [
      ("facts", facts(StatusReport.status(context.source, context.traffic, context.journal))),
      ("routes", table(of: routes, ["id", "kind", "path", "hits", "errors", "last_used", "file", "line"])),
      ("requests", table(of: requests, ["time", "method", "target", "status", "duration_us", "route", "outcome"])),
      ("reloads", table(of: context.source.reloads.map(ReloadEndpoints.json), ["time", "outcome", "summary", "changes", "diagnostics"])),
    ]
    var html = String(decoding: PackageResources.page_html, as: UTF8.self)
    for part in parts { html = html.replacing("<!--\(part.mark)-->", with: part.html, maxReplacements: 1) }
    return Array(html.utf8)
  }

  /// The first members of the status that are plain, as the script shows them.
  private static func facts(_ status: JSONValue) -> String {
    ["ready", "version", "generation", "config", "routes"].compactMap { name in
      status[name].map { "<div><dt>\(name)</dt><dd>\(text($0))</dd></div>" }
    }.joined()
  }

  private static func table(of rows: [JSONValue], _ members: [String]) -> String {
    if rows.isEmpty { return "<p class=\"muted\">none</p>" }
    let head = members.map { "<th scope=\"col\">\($0.replacing("_", with: " "))</th>" }.joined()
    let body = rows.map { row in
      "<tr>" + members.map { "<td>\(row[$0].map(text) ?? "")</td>" }.joined() + "</tr>\n"
    }
    return "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(body.joined())</tbody></table></div>"
  }

  /// A value for people, as text of HTML.
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "–"
    case .string(let text): escaped(text)
    case .array(let items): items.map(text).joined(separator: "<br>")
    default: escaped(JSONWriter.text(of: value))
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}

extension JSONValue {
  /// A member of an object; nil for what has none of this name.
  fileprivate subscript(name: String) -> JSONValue? { if case .object(let members) = self { members[name] } else { nil } }
}
