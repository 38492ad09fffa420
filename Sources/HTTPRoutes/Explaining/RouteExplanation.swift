// Why a route did or did not answer a request: values for `asynchttpd explain`, which renders them.
//
// Made for people and run once, so this compares patterns one by one instead of walking the tree.

import HTTPCore

/// One route and its part in answering a request.
package struct RouteExplanation: Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// It answers.
    case matched
    /// Its pattern matches, but it has only these methods.
    case methodDiffers(allowed: MethodSet)
    /// Path and method are its own, and what it has in `when` does not hold.
    case conditionFails
    /// Its pattern first differs from the path at this segment, counted from 0.
    case pathDiffers(segment: Int, Difference)
    /// It would answer, if this earlier route did not.
    case hiddenBy(routeIndex: Int)
  }

  package enum Difference: Equatable, Sendable {
    /// The pattern has this literal there; empty for a trailing slash.
    case literal(String)
    /// The pattern has a parameter there, and the path an empty segment.
    case emptySegment
    /// The path ends before this segment of the pattern, which is empty for a trailing slash.
    case pathEnds
    /// The pattern ends before this segment of the path, which is empty for a trailing slash.
    case pathGoesOn
  }

  package let routeIndex: Int
  package let reason: Reason
  /// What its `when` asks for, part by part; empty where path or method differ.
  package let findings: [ConditionFinding]

  package init(routeIndex: Int, reason: Reason, findings: [ConditionFinding] = []) {
    self.routeIndex = routeIndex
    self.reason = reason
    self.findings = findings
  }
}

extension RouteIndex {
  /// The route that answers and the ones nearest to answering, in file order.
  ///
  /// Routes that match the path come with the reason they did not answer; of those that do not, the `limit` most alike
  /// that stand before the answering route (anywhere, if none answers). Parameters are those of `match(path:method:)`.
  ///
  /// - Parameter findings: what the condition of a route with this path and method comes to.
  package func explain(
    path: borrowing Span<UInt8>, method: RequestMethod, limit: Int = 5, findings: (_ route: Int) -> [ConditionFinding] = { _ in [] }
  ) -> [RouteExplanation] {
    let segments = Self.segments(of: path)
    var explanations: [RouteExplanation] = []
    var near: [(explanation: RouteExplanation, likeness: Int)] = []
    var answering: Int?
    for (route, pattern) in patterns.enumerated() {
      if let (segment, difference) = pattern.difference(from: segments) {
        let likeness = answering == nil ? pattern.likeness(to: segments) : 0
        guard likeness > 0 else { continue }
        near.append((RouteExplanation(routeIndex: route, reason: .pathDiffers(segment: segment, difference)), likeness))
      } else if !methods[route].contains(method) {
        explanations.append(RouteExplanation(routeIndex: route, reason: .methodDiffers(allowed: methods[route])))
      } else if let answering {
        explanations.append(RouteExplanation(routeIndex: route, reason: .hiddenBy(routeIndex: answering)))
      } else {
        let findings = findings(route)
        let holds = findings.allSatisfy { $0.holds }
        if holds { answering = route }
        explanations.append(RouteExplanation(routeIndex: route, reason: holds ? .matched : .conditionFails, findings: findings))
      }
    }
    near.sort { ($1.likeness, $0.explanation.routeIndex) < ($0.likeness, $1.explanation.routeIndex) }
    explanations += near.prefix(limit).map(\.explanation)
    return explanations.sorted { $0.routeIndex < $1.routeIndex }
  }

  /// The segments of a request path; none for what does not begin with a slash: no pattern matches that.
  private static func segments(of path: borrowing Span<UInt8>) -> [[UInt8]] {
    guard path.count > 0, path[0] == UInt8(ascii: "/") else { return [] }
    return path.copied.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
  }
}

extension PathPattern {
  /// Where and how the pattern first differs from a path; nil where it matches.
  fileprivate func difference(from path: [[UInt8]]) -> (segment: Int, RouteExplanation.Difference)? {
    guard !path.isEmpty else { return (0, .pathEnds) }
    for (position, segment) in segments.enumerated() {
      guard position < path.count else { return (position, .pathEnds) }
      switch segment {
      case .literal(let bytes):
        if bytes != path[position] { return (position, .literal(ShownOctets.text(bytes))) }
      case .parameter:
        if path[position].isEmpty { return (position, .emptySegment) }
      }
    }
    return hasRest || path.count == segments.count ? nil : (segments.count, .pathGoesOn)
  }

  /// How alike pattern and path are, segment by segment; 0 for not at all. An equal literal weighs most, then one with
  /// a slip of the keyboard, then a parameter; segments that only one of them has count against it.
  fileprivate func likeness(to path: [[UInt8]]) -> Int {
    var likeness = 0
    for (segment, segmentOfPath) in zip(segments, path) {
      switch segment {
      case .literal(let bytes):
        if bytes == segmentOfPath {
          likeness += bytes.isEmpty ? 1 : 8
        } else if Self.isSlip(bytes, segmentOfPath) {
          likeness += 4
        }
      case .parameter:
        if !segmentOfPath.isEmpty { likeness += 1 }
      }
    }
    let surplus = hasRest ? segments.count - path.count : abs(segments.count - path.count)
    return max(0, likeness - max(0, surplus))
  }

  /// Whether one becomes the other by changing at most two neighbouring bytes: a typo, a plural, a swap.
  private static func isSlip(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    let shorter = min(one.count, other.count)
    guard shorter >= 3, max(one.count, other.count) - shorter <= 2 else { return false }
    let prefix = zip(one, other).prefix { $0 == $1 }.count
    let suffix = zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count
    return max(one.count, other.count) - min(prefix + suffix, shorter) <= 2
  }
}
