// What a request head says, as offsets into the bytes it was parsed from. Nothing is copied: code that holds the bytes
// can read every part, and makes a `String` when it needs one.
//
// What is public here and elsewhere in this module, which is no product, is so for one reason: what is merely `package`
// is not inlined in the modules that ask it with every request.

/// A parsed request head. Every range counts from the first octet that was given to the parser.
public struct RequestHead: Equatable, Sendable {
  /// A range in half the space: heads are bounded far below 4 GiB.
  @usableFromInline
  struct Extent: Equatable, Sendable {
    @usableFromInline var lower: UInt32
    @usableFromInline var upper: UInt32

    @inline(__always)
    init(_ lower: Int, _ upper: Int) {
      self.lower = UInt32(truncatingIfNeeded: lower)
      self.upper = UInt32(truncatingIfNeeded: upper)
    }

    @inlinable
    var range: Range<Int> { Int(lower)..<Int(upper) }
  }

  package struct FieldPosition: Equatable, Sendable {
    let nameExtent: Extent
    let valueExtent: Extent
    package let field: KnownField

    package var name: Range<Int> { nameExtent.range }

    /// Without the blanks around it.
    package var value: Range<Int> { valueExtent.range }
  }

  /// The forms of a request target this server takes (RFC 9112 §3.2). Authority form belongs to CONNECT and is refused.
  package enum TargetForm: UInt8, Sendable {
    case origin, absolute, asterisk
  }

  /// What the Connection field asked for (RFC 9110 §7.6.1), over all its lines.
  public struct ConnectionOptions: OptionSet, Sendable {
    /// One bit for each.
    public let rawValue: UInt8

    /// From the bits.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `close`: this exchange is the last.
    @inlinable public static var close: ConnectionOptions { ConnectionOptions(rawValue: 1) }
    /// `keep-alive`, with which 1.0 clients ask for what is 1.1's default.
    @inlinable public static var keepAlive: ConnectionOptions { ConnectionOptions(rawValue: 2) }
    /// `upgrade`: an Upgrade field is meant for this hop (RFC 9110 §7.8).
    @inlinable public static var upgrade: ConnectionOptions { ConnectionOptions(rawValue: 4) }
  }

  @usableFromInline var methodExtent = Extent(0, 0)
  @usableFromInline var targetExtent = Extent(0, 0)
  @usableFromInline var pathExtent = Extent(0, 0)
  @usableFromInline var queryExtent = Extent(0, 0)
  @usableFromInline var hostExtent = Extent(0, 0)
  @usableFromInline var hasQuery = false
  @usableFromInline var hasHost = false

  package internal(set) var knownMethod = KnownMethod.other
  /// The version the request line names; the highest one known for a higher minor version.
  public internal(set) var version = HTTPVersion.http11
  package internal(set) var targetForm = TargetForm.origin
  /// The absolute form names the scheme https, which only a connection that was secured may carry (RFC 9110 §7.4).
  package internal(set) var schemeIsHTTPS = false
  /// The octets of `path` are the normalised path already: they begin with a slash and have no escape, no empty segment
  /// but a last one, and no segment that begins with a dot.
  package internal(set) var pathIsCanonical = false
  /// Where the content ends.
  public internal(set) var framing = BodyFraming.none
  /// Those of all Connection lines together.
  public internal(set) var connectionOptions: ConnectionOptions = []
  /// The client waits for `100 Continue` before it sends the content (RFC 9110 §10.1.1). Only set when there is content
  /// to wait for.
  package internal(set) var expectsContinue = false
  /// The length of the head: leading empty lines, request line, field lines, and the empty line that ends it.
  package internal(set) var byteCount = 0
  package internal(set) var fields = FieldLines()
  package internal(set) var present: KnownFieldSet = []
  /// Which of them have more than one line.
  package internal(set) var repeated: KnownFieldSet = []

  package init() {}

  /// The method's octets.
  @inlinable
  public var method: Range<Int> { methodExtent.range }

  /// The request target as it stands in the request line.
  @inlinable
  public var target: Range<Int> { targetExtent.range }

  /// The path of the target, still escaped. Empty for `*`, and for an absolute form that has none.
  @inlinable
  public var path: Range<Int> { pathExtent.range }

  /// What follows the first `?` of the target; nil without one.
  @inlinable
  public var query: Range<Int>? { hasQuery ? queryExtent.range : nil }

  /// Host and port that the request is for: the authority of an absolute form, which wins (RFC 9112 §3.2.2), or else
  /// the Host field. Nil only for HTTP/1.0. The range is empty for the empty Host of an asterisk form.
  @inlinable
  public var host: Range<Int>? { hasHost ? hostExtent.range : nil }

  /// Whether octets of a body follow.
  @inlinable
  public var hasBody: Bool { if case .none = framing { false } else { true } }

  /// Whether the client lets the connection live on after this exchange (RFC 9112 §9.3).
  @inlinable
  public var persists: Bool {
    if connectionOptions.contains(.close) { return false }
    return version.isAtLeast11 || connectionOptions.contains(.keepAlive)
  }

  /// The value of the first line of a field; nil at once when the head has none.
  package func firstValue(of field: KnownField) -> Range<Int>? {
    guard present.contains(field) else { return nil }
    for line in fields where line.field == field { return line.value }
    return nil
  }

  /// Whether the head has a line of this field.
  package func has(_ field: KnownField) -> Bool { present.contains(field) }

  /// The lines of a field joined with `", "` (RFC 9110 §5.3); nil, and no allocation, when the head has none. Octets
  /// that are not UTF-8 come out as U+FFFD.
  package func combinedValue(of field: KnownField, in bytes: Span<UInt8>) -> String? {
    combinedOctets(of: field, in: bytes).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The same as it came.
  package func combinedOctets(of field: KnownField, in bytes: Span<UInt8>) -> [UInt8]? {
    guard present.contains(field) else { return nil }
    var joined: [UInt8] = []
    var isFirst = true
    for line in fields where line.field == field {
      if !isFirst { joined.append(contentsOf: [Octet.comma, Octet.space]) }
      isFirst = false
      for index in line.value { joined.append(bytes[index]) }
    }
    return joined
  }

  /// Empties the head and keeps the room of its field lines.
  mutating func reset() {
    methodExtent = Extent(0, 0)
    targetExtent = Extent(0, 0)
    pathExtent = Extent(0, 0)
    queryExtent = Extent(0, 0)
    hostExtent = Extent(0, 0)
    hasQuery = false
    hasHost = false
    knownMethod = .other
    version = .http11
    targetForm = .origin
    schemeIsHTTPS = false
    pathIsCanonical = false
    framing = .none
    connectionOptions = []
    expectsContinue = false
    byteCount = 0
    fields.removeAll()
    present = []
    repeated = []
  }
}
