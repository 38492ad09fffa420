// Where a route's requests go upstream, and where the upstream's references come back to. What is made of an upstream's
// path here never names another host, whatever stands in that path.

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
    return "\(url)?\(QueryText.escaped(query.span))"
  }

  // MARK: References

  /// A reference of the upstream as clients of the route should have it: below `prefix`, the route's own path, if it
  /// leads below `base`. One that leads elsewhere on the upstream names the upstream, and one to another host, or
  /// relative to the request, stays as it is.
  func rewritten(_ reference: String, prefix: String) -> String {
    if let target = Self.absolute(reference, schemeOf: origin) {
      return target.origin == Self.absolute(origin, schemeOf: origin)?.origin ? moved(target.rest, prefix) : reference
    }
    return reference.hasPrefix("/") ? moved(reference, prefix) : reference
  }

  /// The path of the upstream, with query and fragment, as one of the route's or as a URL of the upstream.
  private func moved(_ reference: String, _ prefix: String) -> String {
    let reference = URIReference.withoutTricks(reference)
    let end = reference.firstIndex { $0 == "?" || $0 == "#" } ?? reference.endIndex
    let target = Self.withoutDots(reference[..<end])
    let suffix = reference[end...]
    guard let rest = Self.rest(of: target, below: path) else { return origin + target + suffix }
    return URIReference.onThisHost(prefix + rest) + suffix
  }

  /// What follows `base` in `path`, if `path` is it or something below it.
  static func rest(of path: String, below base: String) -> Substring? {
    guard path.hasPrefix(base) else { return nil }
    let rest = path.dropFirst(base.count)
    return rest.isEmpty || rest.hasPrefix("/") ? rest : nil
  }

  // MARK: Reading

  private struct Origin: Equatable {
    let scheme: String
    let host: String
    let port: Int?
  }

  /// An absolute http or https URL, or one that leaves out the scheme, in two; nil for what names no host.
  private static func absolute(_ reference: String, schemeOf origin: String) -> (origin: Origin, rest: String)? {
    let lowered = FieldSyntax.lowercased(reference)
    let schemes = ["http", "https"]
    let named = schemes.first { lowered.hasPrefix($0 + "://") }
    guard named != nil || reference.hasPrefix("//") else { return nil }
    let scheme = named ?? schemes.last { FieldSyntax.lowercased(origin).hasPrefix($0 + "://") } ?? "http"
    let text = reference.dropFirst(named.map { $0.count + 3 } ?? 2)
    let authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.hasSuffix("]") ? authority : authority.prefix { !authority.contains("]") ? $0 != ":" : $0 != "]" }
    let port = authority.dropFirst(host.count).drop { $0 == "]" }.dropFirst()
    return (
      Origin(
        scheme: scheme, host: FieldSyntax.lowercased(host).filter { $0 != "[" && $0 != "]" },
        port: port.isEmpty ? (scheme == "https" ? 443 : 80) : Int(port)),
      String(text.dropFirst(authority.count))
    )
  }

  /// The path without its dot segments, plain or escaped (RFC 3986 section 5.2.4); empty segments stay.
  private static func withoutDots(_ path: Substring) -> String {
    guard path.contains(".") || path.contains("%") else { return String(path) }
    var segments: [Substring] = []
    let all = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in all.enumerated() {
      let dots = FieldSyntax.lowercased(segment).replacing("%2e", with: ".")
      guard dots == "." || dots == ".." else {
        segments.append(segment)
        continue
      }
      // The first is what stands before the path's own slash.
      if dots == "..", segments.count > 1 { segments.removeLast() }
      if index == all.count - 1 { segments.append("") }
    }
    return segments.joined(separator: "/")
  }
}
