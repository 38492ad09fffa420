// Which of many routes on one path can hold at all: found by the one value that tells most of them apart, a header say,
// so that a thousand of them cost about what one does.

import HTTPCore
import JSONText

/// The routes of one group by the literal that their conditions demand of one value.
struct ConditionIndex: Sendable {
  /// What tells them apart.
  private enum Key: Hashable, Sendable {
    case value(ValueName)
    /// A member at the top of a JSON body.
    case member(String)
  }

  /// Fewer routes are asked one by one.
  private static let minRoutes = 8

  private let key: Key
  /// The routes that demand a literal, in file order.
  private let routes: [[UInt8]: [UInt32]]
  /// The routes that demand none of this value, in file order.
  private let others: [UInt32]

  /// Nil where no value tells enough routes apart.
  ///
  /// - Parameter predicate: that of a route; nil for one without.
  init?(_ members: [UInt32], predicate: (UInt32) -> RequestPredicate?) {
    guard members.count >= Self.minRoutes else { return nil }
    let literals = members.map { predicate($0).map(Self.literals) ?? [:] }
    var counts: [Key: Int] = [:]
    for key in literals.flatMap(\.keys) { counts[key, default: 0] += 1 }
    // The most frequent one; of equals, the one whose name comes first, so that the choice does not depend on hashing.
    guard let best = counts.max(by: { ($0.value, "\($1.key)") < ($1.value, "\($0.key)") }), best.value >= Self.minRoutes else { return nil }
    key = best.key
    var routes: [[UInt8]: [UInt32]] = [:]
    var others: [UInt32] = []
    for (route, literals) in zip(members, literals) {
      guard let texts = literals[best.key] else {
        others.append(route)
        continue
      }
      for text in Set(texts) { routes[Array(text.utf8), default: []].append(route) }
    }
    self.routes = routes
    self.others = others
  }

  /// How many routes are asked where the value is this text.
  func candidateCount(of text: String) -> Int { (routes[Array(text.utf8)]?.count ?? 0) + others.count }

  /// The texts that a predicate demands, one of them of each value.
  private static func literals(_ predicate: RequestPredicate) -> [Key: [String]] {
    var found: [Key: [String]] = [:]
    for part in predicate.parts {
      switch part.condition {
      case .value(let name, let matcher): if let texts = matcher.literals { found[.value(name)] = texts }
      case .json(.object(let object), _):
        for member in object.members { if case .string(let text) = member.value { found[.member(member.name)] = [text] } }
      default: break
      }
    }
    return found
  }

  /// The routes whose demand of this value is met, and those without one, in file order; nil where it takes the body,
  /// which has not been read.
  func routes(_ request: borrowing RequestValues, pattern: PathPattern) -> [UInt32]? {
    var found: [[UInt32]] = []
    switch key {
    case .value(let name):
      if name.isOfBody, case .unread = request.body { return nil }
      _ = request.contains(name, pattern: pattern) { text in
        if let routes = routes[text.copied] { found.append(routes) }
        return false
      }
    case .member(let name):
      guard let body = request.body.values else { return nil }
      if case .string(let text)? = body.json?[name], let routes = routes[Array(text.utf8)] { found.append(routes) }
    }
    if found.count == 1, others.isEmpty { return found[0] }
    return Set(found.joined()).union(others).sorted()
  }
}
