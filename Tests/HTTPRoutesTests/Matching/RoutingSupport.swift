@testable import HTTPRoutes

/// A route as tests write it.
typealias TestRoute = (pattern: PathPattern, methods: MethodSet)

/// Routes from texts such as `GET,POST /api/{x}`; a text without methods answers any.
func routes(_ texts: String...) throws -> [TestRoute] {
  try texts.map { text in
    let words = text.split(separator: " ")
    let path = String(words[words.count - 1])
    let methods = words.count == 1 ? MethodSet.any : MethodSet(words[0].split(separator: ",").map { RequestMethod(name: String($0)) })
    return (try PathPattern(parsing: path), methods)
  }
}

/// What a lookup answered, with captures as text, so that a test compares one value.
enum Answer: Equatable {
  case route(Int, parameters: [String] = [], rest: String? = nil)
  case methodNotAllowed(String)
  case notFound
}

extension RouteIndex {
  /// `\0` in the path is an encoded slash.
  func answer(_ path: String, method: RequestMethod = .get) -> Answer {
    let bytes = Array(path.utf8)
    switch match(path: bytes.span, method: method) {
    case .matched(let match):
      let parameters = patterns[match.routeIndex].parameterNames.map { parameter(named: $0, of: match, in: bytes.span) ?? "none" }
      return .route(match.routeIndex, parameters: parameters, rest: rest(of: match, in: bytes.span))
    case .methodNotAllowed(let allowed): return .methodNotAllowed(allowed.allowValue)
    case .notFound: return .notFound
    }
  }
}

/// The rules of matching written down a second time, route by route and segment by segment, without a tree.
struct LinearMatcher {
  let routes: [TestRoute]

  func answer(_ path: String, method: RequestMethod) -> Answer {
    var allowed = MethodSet()
    for (index, route) in routes.enumerated() {
      guard let captures = Self.captures(of: route.pattern, in: path) else { continue }
      if route.methods.contains(method) { return .route(index, parameters: captures.parameters, rest: captures.rest) }
      allowed.formUnion(route.methods)
    }
    return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed.allowValue)
  }

  static func captures(of pattern: PathPattern, in path: String) -> (parameters: [String], rest: String?)? {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard pattern.hasRest ? segments.count >= pattern.segments.count : segments.count == pattern.segments.count else { return nil }
    var parameters: [String] = []
    for (expected, segment) in zip(pattern.segments, segments) {
      switch expected {
      case .literal(let bytes): if Array(segment.utf8) != bytes { return nil }
      case .parameter:
        if segment.isEmpty { return nil }
        parameters.append(segment.replacing("\0", with: "/"))
      }
    }
    return (
      parameters, pattern.hasRest ? segments.dropFirst(pattern.segments.count).joined(separator: "/").replacing("\0", with: "%2F") : nil
    )
  }
}

/// SplitMix64: the same sequence on every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Random routes and paths over so few segments that patterns share prefixes, hide each other and meet the paths.
struct RouteGenerator {
  private var random: SeededGenerator
  private static let literals = ["a", "b", "ab", "abc", "abd", "b.c", "ä", "%252F"]
  private static let methodSets: [MethodSet] = [
    .any, [.get], [.post], [.get, .post], [.put, .delete], [.other("PURGE")], [.get, .other("PURGE"), .other("MOVE")],
  ]

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func pattern() throws -> PathPattern {
    var text = ""
    for position in 0..<int(0..<5) {
      text += "/" + (int(0..<3) == 0 ? "{p\(position)}" : Self.literals.randomElement(using: &random)!)
    }
    switch int(0..<5) {
    case 0: text += "/**"
    case 1: text += "/"
    default: if text.isEmpty { text = "/" }
    }
    return try PathPattern(parsing: text)
  }

  mutating func routes(_ count: Int) throws -> [TestRoute] {
    try (0..<count).map { _ in (try pattern(), Self.methodSets.randomElement(using: &random)!) }
  }

  mutating func path() -> String {
    var segments: [String] = []
    for _ in 0..<int(0..<6) {
      switch int(0..<16) {
      case 0: segments.append("")
      case 1: segments.append("zz")
      case 2: segments.append("a\0b")
      case 3: segments.append("%2F")
      default: segments.append(Self.literals.randomElement(using: &random)!)
      }
    }
    if int(0..<5) == 0 { segments.append("") }
    return "/" + segments.joined(separator: "/")
  }

  mutating func method() -> RequestMethod {
    [.get, .head, .post, .delete, .options, .other("PURGE"), .other("MOVE"), .other("LOCK")].randomElement(using: &random)!
  }
}
