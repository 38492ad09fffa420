// What a lookup answers: offsets into the path, no copies of it, so a lookup allocates nothing.

import HTTPCore

/// The outcome of looking a request up.
package enum RouteOutcome: Sendable {
  /// This route answers.
  case matched(RouteMatch)
  /// Routes match the path, none of them this method. These are the methods they have: the value of `Allow`, without
  /// OPTIONS unless a route names it.
  case methodNotAllowed(allowed: MethodSet)
  /// No route matches the path.
  case notFound
}

/// The route that answers, and where in the path its parameters and its rest are.
///
/// Offsets count bytes of the decoded, normalised path that was looked up; pass that same path to read values.
package struct RouteMatch: Sendable {
  /// Which route, counted in file order from 0.
  package let routeIndex: Int
  /// How many parameters the route's pattern has.
  package let parameterCount: Int

  private let parameterStarts: ParameterStarts
  /// Where the rest begins, or -1 for a pattern without `**`.
  private let restStart: Int

  init(routeIndex: Int, parameterCount: Int, parameterStarts: ParameterStarts, restStart: Int) {
    self.routeIndex = routeIndex
    self.parameterCount = parameterCount
    self.parameterStarts = parameterStarts
    self.restStart = restStart
  }

  /// The same match of another route of the same pattern.
  func ofRoute(_ route: Int) -> RouteMatch {
    RouteMatch(routeIndex: route, parameterCount: parameterCount, parameterStarts: parameterStarts, restStart: restStart)
  }

  /// Where the parameter at `position`, counted in the order of `PathPattern.parameterNames`, stands in the path. Never
  /// empty.
  package func parameter(at position: Int, in path: borrowing Span<UInt8>) -> Range<Int> {
    precondition(position < parameterCount, "the pattern has \(parameterCount) parameters")
    let start = Int(parameterStarts[position])
    // A parameter is one whole segment, so it ends where the segment does.
    var end = start
    while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
    return start..<end
  }

  /// What `**` matched, without the slash before it: `a/b` in `/assets/a/b` for `/assets/**`, empty in `/assets` and
  /// `/assets/`. Nil for a pattern without `**`.
  package func rest(in path: borrowing Span<UInt8>) -> Range<Int>? {
    restStart < 0 ? nil : restStart..<path.count
  }
}

/// Where each parameter of a match begins.
typealias ParameterStarts = InlineArray<16, UInt32>

extension RouteIndex {
  /// The value of a parameter as text, by name, an encoded slash as a slash; nil where the matched pattern has no such
  /// parameter. Octets that are not UTF-8 are spelled as `ObsText` has them.
  package func parameter(named name: String, of match: RouteMatch, in path: borrowing Span<UInt8>) -> String? {
    guard let position = patterns[match.routeIndex].parameterNames.firstIndex(of: name) else { return nil }
    return PathValue.parameter(path.extracting(match.parameter(at: position, in: path)))
  }

  /// What `**` matched as text, an encoded slash as `%2F`, since slashes part the segments in it; nil where the matched
  /// pattern has none.
  package func rest(of match: RouteMatch, in path: borrowing Span<UInt8>) -> String? {
    match.rest(in: path).map { PathValue.rest(path.extracting($0)) }
  }
}

/// What a part of a decoded path is as text: octets that are not UTF-8 are spelled as `ObsText` has them, so no two
/// come out alike.
enum PathValue {
  /// One segment; an encoded slash in it is a slash.
  static func parameter(_ octets: Span<UInt8>) -> String {
    ObsText.text(octets.copied.map { $0 == NormalizedPath.encodedSlash ? UInt8(ascii: "/") : $0 })
  }

  /// Segments with slashes between them; an encoded slash stays `%2F`.
  static func rest(_ octets: Span<UInt8>) -> String {
    ObsText.text(octets.copied.flatMap { $0 == NormalizedPath.encodedSlash ? Array("%2F".utf8) : [$0] })
  }
}
