// A question about requests that were answered before, in the language of a route: its path, its method, its `when`.

import HTTPCore

/// What requests are asked for, and how many of them there have to be.
package struct RequestQuestion: Sendable {
  private let index: RouteIndex
  private let predicate: RequestPredicate?
  /// How many requests have to fit; at least one where the question does not say.
  package let times: ClosedRange<Int>

  /// - Parameters:
  ///   - pattern: nil for every path.
  ///   - predicate: nil for no condition. Parameters of the path in it are those of `pattern`.
  init(_ pattern: PathPattern?, _ methods: MethodSet, _ predicate: RequestPredicate?, times: ClosedRange<Int>) {
    index = RouteIndex([(pattern ?? Self.everyPath, methods)])
    self.predicate = predicate
    self.times = times
  }

  static let everyPath: PathPattern = {
    guard let pattern = try? PathPattern(parsing: "/**") else { preconditionFailure("/** is a pattern") }
    return pattern
  }()

  /// Whether a request is one that is asked for.
  package func fits(_ request: PastRequest) -> Bool {
    withPath(of: request) { path, bytes, method in
      guard case .matched(let match) = index.match(path: path, method: method) else { return false }
      guard let predicate else { return true }
      let verdict = predicate.verdict(values(request, path, bytes, match), pattern: index.patterns[0])
      if case .holds = verdict { return true }
      return false
    } ?? false
  }

  /// What a request that does not fit has otherwise, and how far it is from one that does; nil for one that fits or
  /// whose path cannot be read.
  package func miss(of request: PastRequest) -> (lines: [ConditionFinding], distance: Int)? {
    let miss = withPath(of: request) { path, bytes, method -> NearMiss? in
      var findings: [ConditionFinding] = []
      if let predicate, case .matched(let match) = index.match(path: path, method: method) {
        findings = predicate.findings(values(request, path, bytes, match), pattern: index.patterns[0])
      }
      // A path that is like the pattern in nothing is the farthest.
      let explanation =
        index.explain(path: path, method: method) { _ in findings }.first
        ?? RouteExplanation(routeIndex: 0, reason: .pathDiffers(segment: 0, .pathEnds))
      return NearMiss(
        explanation, of: index.patterns[0], methods: index.methods[0], asked: method,
        path: ConditionFinding.cut(ShownOctets.text(path.copied)))
    }
    return (miss ?? nil).map { ($0.lines, $0.distance) }
  }

  private func withPath<R>(of request: PastRequest, _ body: (_ path: Span<UInt8>, _ bytes: Span<UInt8>, RequestMethod) -> R) -> R? {
    let bytes = request.bytes
    let raw = request.head.path.isEmpty ? [UInt8(ascii: "/")] : Array(bytes[request.head.path])
    guard let path = try? PathNormalization.normalize(raw.span) else { return nil }
    return body(path.bytes.span, bytes.span, RequestMethod(request.head, bytes.span))
  }

  @_lifetime(copy path, copy bytes)
  private func values(_ request: PastRequest, _ path: Span<UInt8>, _ bytes: Span<UInt8>, _ match: RouteMatch) -> RequestValues {
    RequestValues(
      head: request.head, path: path, bytes: bytes, match: match, origin: request.origin, body: request.content,
      hasEncodedSlash: false)
  }
}
