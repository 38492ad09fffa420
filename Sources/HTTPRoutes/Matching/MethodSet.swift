// Request methods as routing sees them: the registered ones as bits, any other token by name.

package import HTTPCore

/// A request method (RFC 9110 section 9). Case-sensitive, so `get` is a token of its own.
package enum RequestMethod: Equatable, Hashable, Sendable {
  case get
  case head
  case post
  case put
  case patch
  case delete
  case options
  case connect
  case trace
  /// A token that is none of the above.
  case other(String)

  /// The methods with a bit of their own, in the order in which `Allow` names them.
  static let known: [RequestMethod] = [.get, .head, .post, .put, .patch, .delete, .options, .connect, .trace]

  /// The method that the head parser recognised; `token` is its spelling, asked for only where the parser knows no such
  /// method.
  package init(_ known: KnownMethod, token: @autoclosure () -> String) {
    switch known {
    case .get: self = .get
    case .head: self = .head
    case .post: self = .post
    case .put: self = .put
    case .delete: self = .delete
    case .options: self = .options
    case .patch: self = .patch
    case .connect: self = .connect
    case .trace: self = .trace
    case .other: self = .other(token())
    }
  }

  /// The method of this name. The caller has checked that it is a token.
  package init(name: String) {
    self.init(KnownMethod(name), token: name)
  }

  package var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .connect: "CONNECT"
    case .trace: "TRACE"
    case .other(let name): name
    }
  }

  var isOptions: Bool { if case .options = self { true } else { false } }

  /// The bit that stands for this method; all unregistered ones share the last.
  var bit: UInt16 {
    switch self {
    case .get: 1 << 0
    case .head: 1 << 1
    case .post: 1 << 2
    case .put: 1 << 3
    case .patch: 1 << 4
    case .delete: 1 << 5
    case .options: 1 << 6
    case .connect: 1 << 7
    case .trace: 1 << 8
    case .other: MethodSet.othersBit
    }
  }
}

/// The methods a route answers.
///
/// HEAD is in every set that GET is in: a server answers it wherever it answers GET (RFC 9110 section 9.3.2).
package struct MethodSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  static let othersBit: UInt16 = 1 << 9
  private static let anyBits = UInt16.max

  /// Every method, including unregistered ones.
  package static let any = MethodSet(bits: anyBits)

  /// One bit for each known method; `othersBit` when `others` is not empty; all bits for any method.
  private(set) var bits: UInt16
  /// Unregistered methods, sorted. Empty for any method.
  private var others: [String] = []

  private init(bits: UInt16) {
    self.bits = bits
  }

  package init(_ methods: some Sequence<RequestMethod> = []) {
    bits = 0
    for method in methods { insert(method) }
  }

  package init(arrayLiteral methods: RequestMethod...) {
    self.init(methods)
  }

  package var isAny: Bool { bits == Self.anyBits }
  package var isEmpty: Bool { bits == 0 }

  package mutating func insert(_ method: RequestMethod) {
    guard !isAny else { return }
    bits |= method.bit
    switch method {
    case .get: bits |= RequestMethod.head.bit
    case .other(let name):
      let position = others.firstIndex { $0 >= name } ?? others.endIndex
      if position == others.endIndex || others[position] != name { others.insert(name, at: position) }
    default: break
    }
  }

  package mutating func formUnion(_ other: MethodSet) {
    if other.isAny || isAny {
      self = .any
      return
    }
    bits |= other.bits
    for name in other.others { insert(.other(name)) }
  }

  package func contains(_ method: RequestMethod) -> Bool {
    guard bits & method.bit != 0 else { return false }
    if case .other(let name) = method, !isAny { return others.contains(name) }
    return true
  }

  package func isSuperset(of other: MethodSet) -> Bool {
    if isAny { return true }
    return bits & other.bits == other.bits && other.others.allSatisfy { others.contains($0) }
  }

  /// The members by name: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, CONNECT, TRACE, then others in alphabetical
  /// order.
  ///
  /// Any method is spelled as the common ones, up to OPTIONS: `Allow` has no wildcard.
  package var names: [String] {
    let known = isAny ? RequestMethod.known.prefix(7) : RequestMethod.known[...]
    return known.filter { bits & $0.bit != 0 }.map(\.name) + others
  }

  /// The value of an `Allow` field (RFC 9110 section 10.2.1).
  package var allowValue: String { names.joined(separator: ", ") }
}
