// Redirects that lead back to themselves, found by following them as a client would.

import HTTPCore

/// A redirect whose clients come back to it.
struct RedirectLoop: Equatable {
  let route: Int
  /// The routes that a client passes, from this one to this one.
  let routes: [Int]

  /// More than a browser follows.
  private static let longestChain = 24

  /// The loops among `routes`, each told for every route that is part of it.
  static func all(in routes: [RouteSettings], index: RouteIndex) -> [RedirectLoop] {
    routes.indices.compactMap { route in
      guard routes[route].answer.responder.redirection != nil else { return nil }
      return chain(from: route, routes, index).map { RedirectLoop(route: route, routes: $0) }
    }
  }

  /// The routes from `start` to where it comes again; nil where a client arrives somewhere, or never gets to `start` at
  /// all.
  private static func chain(from start: Int, _ routes: [RouteSettings], _ index: RouteIndex) -> [Int]? {
    var path = samplePath(of: routes[start].pattern)
    var method = routes[start].methods?.first ?? "GET"
    var chain: [Int] = []
    for _ in 0..<longestChain {
      guard let normalized = try? PathNormalization.normalize(path.span),
        case .matched(let match) = index.match(path: normalized.bytes.span, method: RequestMethod(name: method)),
        chain.isEmpty ? match.routeIndex == start : true, let redirect = routes[match.routeIndex].answer.responder.redirection,
        let next = redirect.target.location(for: routes[match.routeIndex].pattern, path: path.span, query: nil), next.hasPrefix("/"),
        !next.hasPrefix("//")
      else { return nil }
      chain.append(match.routeIndex)
      path = Array(next.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
      if redirect.status == 303 { method = "GET" }
    }
    // It never ended. What is not part of the circle only leads to it.
    guard let again = chain.dropFirst().firstIndex(of: start) else { return nil }
    return Array(chain[...again])
  }

  /// A path that the pattern matches, and hardly another one does.
  private static func samplePath(of pattern: PathPattern) -> [UInt8] {
    var path: [UInt8] = []
    for segment in pattern.segments {
      path.append(UInt8(ascii: "/"))
      switch segment {
      case .literal(let bytes): path += bytes.flatMap { ByteClass.unreserved.contains($0) ? [$0] : Octet.escaped($0) }
      case .parameter(let name): path += "~\(name)~".utf8
      }
    }
    return pattern.hasRest ? path + Array("/~~".utf8) : path
  }
}
