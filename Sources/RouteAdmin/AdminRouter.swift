// Which endpoint a method and a path belong to: a table of a few dozen, so it is walked.

import HTTPCore
import HTTPTypes

struct AdminRouter: Sendable {
  private struct Entry {
    let endpoint: AdminEndpoint
    let segments: [Substring]
    var isLiteral: Bool { !endpoint.path.contains("{") }
  }

  private let entries: [Entry]

  init(_ endpoints: [AdminEndpoint]) {
    let entries = endpoints.map { Entry(endpoint: $0, segments: Self.segments($0.path[...])) }
    // A path that an endpoint names whole is never the parameter of another.
    self.entries = entries.filter(\.isLiteral) + entries.filter { !$0.isLiteral }
  }

  /// The endpoint, and the decoded parameters of its path. HEAD is GET whose body is not sent.
  ///
  /// Throws a problem with 404 for an unknown path, and with 405 and Allow for an unknown method of a known one.
  func find(_ method: String, path: String) throws(AdminProblem) -> (endpoint: AdminEndpoint, parameters: [String: String]) {
    let segments = Self.segments(path[...])
    let wanted = method == "HEAD" ? "GET" : method
    var allowed: [String] = []
    var isLiteral = false
    for entry in entries {
      // A literal path has all of its methods; the parameter of another would only seem to take it.
      if isLiteral, !entry.isLiteral { break }
      guard let parameters = Self.match(segments, entry.segments) else { continue }
      if entry.endpoint.method == wanted { return (entry.endpoint, parameters) }
      isLiteral = entry.isLiteral
      allowed += entry.endpoint.method == "GET" ? ["GET", "HEAD"] : [entry.endpoint.method]
    }
    if allowed.isEmpty { throw AdminProblem(404, "there is no \(path); /openapi.json lists what is here") }
    var problem = AdminProblem(405, "\(path) answers \(allowed.joined(separator: ", "))")
    problem.headers[.allow] = allowed.joined(separator: ", ")
    throw problem
  }

  private static func segments(_ path: Substring) -> [Substring] {
    path.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false)
  }

  /// The parameters, decoded; nil where the path is another, or has an escape that is none.
  private static func match(_ path: [Substring], _ pattern: [Substring]) -> [String: String]? {
    var parameters: [String: String] = [:]
    guard path.count >= pattern.count else { return nil }
    for (index, part) in pattern.enumerated() {
      guard part.hasPrefix("{"), part.hasSuffix("}") else {
        guard path[index] == part else { return nil }
        continue
      }
      // Ids of routes have slashes in them, and a proxy in front decodes `%2F`.
      let isLast = index == pattern.count - 1
      let text = isLast ? path[index...].joined(separator: "/") : String(path[index])
      guard !text.isEmpty, let value = PercentDecoding.text(text) else { return nil }
      parameters[String(part.dropFirst().dropLast())] = value
      if isLast { return parameters }
    }
    return path.count == pattern.count ? parameters : nil
  }
}
