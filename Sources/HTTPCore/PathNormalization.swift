// Paths in the one form that routing compares, and in the one form that names a resource to others (RFC 3986 §6.2.2).
//
// A path is made canonical once, before anything looks at it: if two parts of a server decode at different times,
// `%252e` walks out of the root between them. Whatever would leave the root is refused rather than clamped, since no
// honest client sends it.
//
// A path is octets. A file system holds names that are not UTF-8 and names with control characters, so an escape may
// stand for any octet but NUL, which no file name has and C takes for the end of one. Nothing here reads octets as
// characters: `%C0%AE` is two octets, not a dot.

package enum TargetError: Error, Equatable, Sendable {
  /// The path does not begin with a slash.
  case notAbsolute
  /// A percent sign without two hexadecimal digits after it.
  case malformedEscape(at: Int)
  /// NUL, plain or escaped, or another control character that is not escaped.
  case controlCharacter(at: Int)
  /// `..` climbs above the root.
  case aboveRoot(at: Int)

  package var status: Int { 400 }
}

extension TargetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notAbsolute: "the path does not begin with a slash"
    case .malformedEscape(let at): "the percent escape at octet \(at) of the path is malformed"
    case .controlCharacter(let at): "the path has a NUL or a bare control character at octet \(at)"
    case .aboveRoot(let at): "the path climbs above the root at octet \(at)"
    }
  }
}

/// A decoded path without dot segments and empty segments.
package struct NormalizedPath: Equatable, Sendable {
  /// Octets, UTF-8 or not, that begin with a slash. An encoded slash is in them as `encodedSlash`, so that a split at
  /// slashes yields the segments the client meant, and so that it is not taken for a decoded `%252F`.
  package var bytes: [UInt8]

  /// Some segment has an encoded slash.
  package var hasEncodedSlash: Bool

  /// NUL: the one octet that no path has.
  package static var encodedSlash: UInt8 { 0 }
}

package enum PathNormalization {
  /// Decodes a path, merges repeated slashes, then removes dot segments. An empty path is the root.
  package static func normalize(_ path: Span<UInt8>) throws(TargetError) -> NormalizedPath {
    var result = NormalizedPath(bytes: [Octet.slash], hasEncodedSlash: false)
    result.bytes.reserveCapacity(path.count + 1)
    var segments = try Segments(path)
    while let segment = segments.next(path) {
      let start = result.bytes.count
      var index = segment.lowerBound
      while index < segment.upperBound {
        let (byte, isEscaped) = try decode(path, &index)
        result.bytes.append(isEscaped && byte == Octet.slash ? NormalizedPath.encodedSlash : byte)
      }
      let isLast = segment.upperBound == path.count
      switch dots(result.bytes, from: start) {
      case 1:
        result.bytes.removeLast()
      case 2:
        result.bytes.removeLast(2)
        guard result.bytes.count > 1 else { throw .aboveRoot(at: segment.lowerBound) }
        removeLastSegment(&result.bytes)
      default:
        if !segment.isEmpty, !isLast { result.bytes.append(Octet.slash) }
      }
    }
    result.hasEncodedSlash = result.bytes.contains(NormalizedPath.encodedSlash)
    return result
  }

  /// The path as RFC 3986 §6.2.2 would have it: escapes upper-case and only where they are needed, no dot segments.
  /// Octets that no URI may have plain are escaped. Two paths have the same result only if they mean the same: `%2F` is
  /// not a slash, `%21` not an exclamation mark, and empty segments stay. `..` steps over empty segments, as it does in
  /// `normalize`, so both forms name the same resource.
  package static func canonicalEncoded(_ path: Span<UInt8>) throws(TargetError) -> String {
    var result: [UInt8] = [Octet.slash]
    result.reserveCapacity(path.count + 1)
    var segments = try Segments(path)
    while let segment = segments.next(path) {
      let start = result.count
      var index = segment.lowerBound
      while index < segment.upperBound {
        let (byte, isEscaped) = try decode(path, &index)
        let staysPlain = isEscaped ? ByteClass.unreserved.contains(byte) : ByteClass.pathSegment.contains(byte)
        if staysPlain {
          result.append(byte)
        } else {
          result.append(contentsOf: Octet.escaped(byte))
        }
      }
      let isLast = segment.upperBound == path.count
      switch dots(result, from: start) {
      case 1:
        result.removeLast()
      case 2:
        result.removeLast(2)
        while result.count > 1, result[result.count - 2] == Octet.slash { result.removeLast() }
        guard result.count > 1 else { throw .aboveRoot(at: segment.lowerBound) }
        removeLastSegment(&result)
      default:
        if !isLast { result.append(Octet.slash) }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The path as `normalize` has it, without dot segments and empty segments, and yet as it was sent: what came escaped
  /// is escaped as it was, and what came plain is plain but for octets that no URI may have.
  package static func normalizedEncoded(_ path: Span<UInt8>) throws(TargetError) -> [UInt8] {
    var result: [UInt8] = [Octet.slash]
    result.reserveCapacity(path.count + 1)
    var decoded: [UInt8] = []
    var segments = try Segments(path)
    while let segment = segments.next(path) {
      let start = result.count
      decoded.removeAll(keepingCapacity: true)
      var index = segment.lowerBound
      while index < segment.upperBound {
        let first = index
        let (byte, isEscaped) = try decode(path, &index)
        decoded.append(byte)
        if isEscaped || ByteClass.pathSegment.contains(byte) {
          for offset in first..<index { result.append(path[offset]) }
        } else {
          result.append(contentsOf: [Octet.percent, Octet.hexDigit(byte >> 4), Octet.hexDigit(byte & 0xF)])
        }
      }
      let dots = dots(decoded, from: 0)
      if dots > 0 { result.removeLast(result.count - start) }
      if dots == 2 {
        guard result.count > 1 else { throw .aboveRoot(at: segment.lowerBound) }
        removeLastSegment(&result)
      }
      if dots == 0, !segment.isEmpty, segment.upperBound < path.count { result.append(Octet.slash) }
    }
    return result
  }

  /// Walks the segments of a path, the empty ones too: `/a//` has `a`, an empty one, and an empty one.
  private struct Segments {
    private var index = 1

    init(_ path: Span<UInt8>) throws(TargetError) {
      if !path.isEmpty, path[0] != Octet.slash { throw .notAbsolute }
    }

    mutating func next(_ path: Span<UInt8>) -> Range<Int>? {
      guard index <= path.count else { return nil }
      let start = index
      while index < path.count, path[index] != Octet.slash { index += 1 }
      defer { index += 1 }
      return start..<index
    }
  }

  /// One octet, plain or escaped.
  private static func decode(_ path: Span<UInt8>, _ index: inout Int) throws(TargetError) -> (byte: UInt8, isEscaped: Bool) {
    let start = index
    var byte = path[start]
    let isEscaped = byte == Octet.percent
    if isEscaped {
      guard start + 2 < path.count, let high = Octet.hexValue(path[start + 1]), let low = Octet.hexValue(path[start + 2]) else {
        throw .malformedEscape(at: start)
      }
      byte = high << 4 | low
      index += 2
    }
    index += 1
    if byte == 0 || !isEscaped && (byte < 0x20 || byte == 0x7F) { throw .controlCharacter(at: start) }
    return (byte, isEscaped)
  }

  /// 1 for a last segment of `.`, 2 for `..`, else 0.
  private static func dots(_ bytes: [UInt8], from start: Int) -> Int {
    let count = bytes.count - start
    guard count == 1 || count == 2, bytes[start] == Octet.dot, bytes[bytes.count - 1] == Octet.dot else { return 0 }
    return count
  }

  /// `/a/b/` becomes `/a/`.
  private static func removeLastSegment(_ bytes: inout [UInt8]) {
    bytes.removeLast()
    while bytes[bytes.count - 1] != Octet.slash { bytes.removeLast() }
  }
}
