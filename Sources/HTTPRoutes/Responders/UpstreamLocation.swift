// Where a route's requests go upstream, and where the upstream's redirects come back to.

import HTTPCore

struct UpstreamLocation: Sendable {
  /// Scheme, authority and path, without a slash at its end.
  let base: String
  let origin: String
  /// The path of `base`, empty for none.
  let path: String

  init(_ url: String) {
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    let parts = base.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    self.base = base
    origin = parts.prefix(3).joined(separator: "/")
    path = parts.count > 3 ? "/\(parts[3])" : ""
  }

  /// The URL for the mirrored part of a request's path, canonical, and its query as it came.
  func url(path: String, query: [UInt8]?) -> String {
    let url = base + (path.isEmpty && self.path.isEmpty ? "/" : path)
    guard let query else { return url }
    // What no URI may have plain, and a client sent all the same, goes up escaped.
    let escaped = query.flatMap { $0 > 0x20 && $0 < 0x7f ? [$0] : RecordingKey.escape($0, "%") }
    return "\(url)?\(String(decoding: escaped, as: UTF8.self))"
  }

  /// Whether a field's value leads somewhere.
  static func isLocation(_ name: String) -> Bool {
    FieldSyntax.equalIgnoringCase(name, "location") || FieldSyntax.equalIgnoringCase(name, "content-location")
  }

  /// A Location or Content-Location of the upstream as clients of the route should have it: below `prefix`, the route's own path, if it leads
  /// below `base`. One that leads elsewhere on the upstream names the upstream.
  func rewritten(_ location: String, prefix: String) -> String {
    if let rest = Self.rest(of: location, below: base) { return Self.joined(prefix, rest) }
    guard location.hasPrefix("/"), !location.hasPrefix("//") else {
      return location == origin || location == origin + "/"
        ? Self.rest(of: "/", below: path).map { Self.joined(prefix, $0) } ?? location : location
    }
    if let rest = Self.rest(of: location, below: path) { return Self.joined(prefix, rest) }
    return origin + location
  }

  private static func joined(_ prefix: String, _ rest: String) -> String {
    let result = prefix + rest
    return result.hasPrefix("/") ? result : "/" + result
  }

  /// What follows `base` in `text`, if `text` is it or something below it.
  private static func rest(of text: String, below base: String) -> String? {
    guard text.hasPrefix(base) else { return nil }
    let rest = text.dropFirst(base.count)
    guard let first = rest.first else { return "" }
    return first == "/" || first == "?" || first == "#" ? String(rest) : nil
  }
}
