// What a request head says, as offsets into the bytes it was parsed from. Nothing is copied: whoever holds the bytes can read every part,
// and whoever needs a `String` makes one when it is asked for.

/// A parsed request head. Every range counts from the first octet that was given to the parser.
package struct RequestHead: Equatable, Sendable {
  /// A range in half the space: heads are bounded far below 4 GiB.
  struct Extent: Equatable, Sendable {
    var lower: UInt32
    var upper: UInt32

    @inline(__always)
    init(_ lower: Int, _ upper: Int) {
      self.lower = UInt32(truncatingIfNeeded: lower)
      self.upper = UInt32(truncatingIfNeeded: upper)
    }

    @inline(__always)
    var range: Range<Int> { Int(lower)..<Int(upper) }
  }

  package struct FieldLine: Equatable, Sendable {
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
  package struct ConnectionOptions: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let close = ConnectionOptions(rawValue: 1)
    package static let keepAlive = ConnectionOptions(rawValue: 2)
    package static let upgrade = ConnectionOptions(rawValue: 4)
  }

  var methodExtent = Extent(0, 0)
  var targetExtent = Extent(0, 0)
  var pathExtent = Extent(0, 0)
  var queryExtent = Extent(0, 0)
  var hostExtent = Extent(0, 0)
  var hasQuery = false
  var hasHost = false

  package internal(set) var knownMethod = KnownMethod.other
  package internal(set) var version = HTTPVersion.http11
  package internal(set) var targetForm = TargetForm.origin
  /// The absolute form names the scheme https, which only a connection that was secured may carry (RFC 9110 §7.4).
  package internal(set) var schemeIsHTTPS = false
  /// The octets of `path` are the normalised path already: they begin with a slash and have no escape, no empty segment but a last one,
  /// and no segment that begins with a dot.
  package internal(set) var pathIsCanonical = false
  package internal(set) var framing = BodyFraming.none
  package internal(set) var connectionOptions: ConnectionOptions = []
  /// The client waits for `100 Continue` before it sends the content (RFC 9110 §10.1.1). Only set when there is content to wait for.
  package internal(set) var expectsContinue = false
  /// The length of the head: leading empty lines, request line, field lines, and the empty line that ends it.
  package internal(set) var byteCount = 0
  package internal(set) var fields = FieldLines()
  package internal(set) var present: KnownFieldSet = []
  /// Which of them have more than one line.
  package internal(set) var repeated: KnownFieldSet = []

  package init() {}

  package var method: Range<Int> { methodExtent.range }

  package var target: Range<Int> { targetExtent.range }

  /// The path of the target, still escaped. Empty for `*`, and for an absolute form that has none.
  package var path: Range<Int> { pathExtent.range }

  /// What follows the first `?` of the target; nil without one.
  package var query: Range<Int>? { hasQuery ? queryExtent.range : nil }

  /// Host and port that the request is for: the authority of an absolute form, which wins (RFC 9112 §3.2.2), or else the Host field.
  /// Nil only for HTTP/1.0. The range is empty for the empty Host of an asterisk form.
  package var host: Range<Int>? { hasHost ? hostExtent.range : nil }

  /// Whether octets of a body follow.
  package var hasBody: Bool { if case .none = framing { false } else { true } }

  /// Whether the client lets the connection live on after this exchange (RFC 9112 §9.3).
  package var persists: Bool {
    if connectionOptions.contains(.close) { return false }
    return version.isAtLeast11 || connectionOptions.contains(.keepAlive)
  }

  /// The value of the first line of a field; nil at once when the head has none.
  package func firstValue(of field: KnownField) -> Range<Int>? {
    guard present.contains(field) else { return nil }
    for line in fields where line.field == field { return line.value }
    return nil
  }

  /// The lines of a field joined with `", "` (RFC 9110 §5.3); nil, and no allocation, when the head has none. Octets that are not UTF-8
  /// come out as U+FFFD.
  package func combinedValue(of field: KnownField, in bytes: Span<UInt8>) -> String? {
    guard present.contains(field) else { return nil }
    var joined: [UInt8] = []
    var isFirst = true
    for line in fields where line.field == field {
      if !isFirst { joined.append(contentsOf: [Octet.comma, Octet.space]) }
      isFirst = false
      for index in line.value { joined.append(bytes[index]) }
    }
    return String(decoding: joined, as: UTF8.self)
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
