// The methods the server itself has an opinion on (RFC 9110 §9, RFC 5789). Every other token is a valid method too;
// routes decide.

/// A registered method that this server has an opinion on. Public so that it is inlined where it is asked.
public enum KnownMethod: UInt8, Sendable {
  case get, head, post, put, delete, options, patch, connect, trace, other

  /// Methods are case-sensitive (RFC 9110 §9.1): `word` is the exact octets, the last one lowest. Longer ones cannot be
  /// known.
  @inline(__always)
  init(word: UInt64) {
    switch word {
    case 0x47_4554: self = .get
    case 0x4845_4144: self = .head
    case 0x504F_5354: self = .post
    case 0x50_5554: self = .put
    case 0x4445_4C45_5445: self = .delete
    case 0x4F_5054_494F_4E53: self = .options
    case 0x50_4154_4348: self = .patch
    case 0x43_4F4E_4E45_4354: self = .connect
    case 0x54_5241_4345: self = .trace
    default: self = .other
    }
  }

  /// Asked with every request from other modules, where `==` of an enum with raw values goes through a witness.
  @inlinable public var isHEAD: Bool { if case .head = self { true } else { false } }

  package init(_ name: String) {
    guard name.utf8.count <= 8 else {
      self = .other
      return
    }
    self.init(word: name.utf8.reduce(0) { $0 << 8 | UInt64($1) })
  }
}
