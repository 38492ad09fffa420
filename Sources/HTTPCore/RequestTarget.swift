// Paths in the one form that routing compares, and in the one form that names a resource to others (RFC 3986 §6.2.2).
//
// A path is made canonical once, before anything looks at it: if two parts of a server decode at different times, `%252e` walks out of the
// root between them. Whatever would leave the root is refused rather than clamped, since no honest client sends it.

package enum TargetError: Error, Equatable, Sendable {
  /// The path does not begin with a slash.
  case notAbsolute
  /// A percent sign without two hexadecimal digits after it.
  case malformedEscape(at: Int)
  /// NUL or another control character, plain or escaped.
  case controlCharacter(at: Int)
  /// The escapes of this segment do not decode to UTF-8: overlong, truncated, a surrogate, or past U+10FFFF.
  case invalidUTF8(at: Int)
  /// `..` climbs above the root.
  case aboveRoot(at: Int)

  package var status: Int { 400 }
}

extension TargetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notAbsolute: "the path does not begin with a slash"
    case .malformedEscape(let at): "the percent escape at octet \(at) of the path is malformed"
    case .controlCharacter(let at): "the path has a control character at octet \(at)"
    case .invalidUTF8(let at): "the path is not UTF-8 at octet \(at)"
    case .aboveRoot(let at): "the path climbs above the root at octet \(at)"
    }
  }
}

/// A decoded path without dot segments and empty segments.
package struct NormalizedPath: Equatable, Sendable {
  /// UTF-8 that begins with a slash. An encoded slash is in it as the three octets `%2F`, so that a split at slashes yields the segments the
  /// client meant.
  package var bytes: [UInt8]

  /// Some segment has an encoded slash. Without it every `%` in `bytes` is a plain percent sign; with it, `%2F` may also be the decoded
  /// `%252F`, so such a path should only ever be refused or matched by a wildcard.
  package var hasEncodedSlash: Bool
}

package enum PathNormalization {
  /// Decodes a path, merges repeated slashes, then removes dot segments. An empty path is the root.
  package static func normalize(_ path: Span<UInt8>) throws(TargetError) -> NormalizedPath {
    var result = NormalizedPath(bytes: [Octet.slash], hasEncodedSlash: false)
    result.bytes.reserveCapacity(path.count + 1)
    // Where encoded slashes stand in the result: a segment that `..` removes takes its own along.
    var encodedSlashes: [Int] = []
    var segments = try Segments(path)
    while let segment = segments.next(path) {
      let start = result.bytes.count
      var index = segment.lowerBound
      while index < segment.upperBound {
        let (byte, isEscaped) = try decode(path, &index)
        if isEscaped, byte == Octet.slash {
          encodedSlashes.append(result.bytes.count)
          result.bytes.append(contentsOf: [Octet.percent, 0x32, 0x46])
        } else {
          result.bytes.append(byte)
        }
      }
      try requireUTF8(result.bytes, from: start, segment)
      let isLast = segment.upperBound == path.count
      switch dots(result.bytes, from: start) {
      case 1:
        result.bytes.removeLast()
      case 2:
        result.bytes.removeLast(2)
        guard result.bytes.count > 1 else { throw .aboveRoot(at: segment.lowerBound) }
        removeLastSegment(&result.bytes)
        while let last = encodedSlashes.last, last >= result.bytes.count { encodedSlashes.removeLast() }
      default:
        if !segment.isEmpty, !isLast { result.bytes.append(Octet.slash) }
      }
    }
    result.hasEncodedSlash = !encodedSlashes.isEmpty
    return result
  }

  /// The path as RFC 3986 §6.2.2 would have it: escapes upper-case and only where they are needed, no dot segments. Octets that no URI may
  /// have plain are escaped. Two paths have the same result only if they mean the same: `%2F` is not a slash, `%21` not an exclamation mark,
  /// and empty segments stay. `..` steps over empty segments, as it does in `normalize`, so both forms name the same resource.
  package static func canonicalEncoded(_ path: Span<UInt8>) throws(TargetError) -> String {
    var result: [UInt8] = [Octet.slash]
    result.reserveCapacity(path.count + 1)
    var decoded: [UInt8] = []
    var segments = try Segments(path)
    while let segment = segments.next(path) {
      let start = result.count
      decoded.removeAll(keepingCapacity: true)
      var index = segment.lowerBound
      while index < segment.upperBound {
        let (byte, isEscaped) = try decode(path, &index)
        decoded.append(byte)
        let staysPlain = isEscaped ? ByteClass.unreserved.contains(byte) : ByteClass.pathSegment.contains(byte)
        if staysPlain {
          result.append(byte)
        } else {
          result.append(contentsOf: [Octet.percent, Octet.hexDigit(byte >> 4), Octet.hexDigit(byte & 0xF)])
        }
      }
      try requireUTF8(decoded, from: 0, segment)
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

  /// The path as `normalize` has it, without dot segments and empty segments, and yet as it was sent: what came escaped is escaped as it
  /// was, and what came plain is plain but for octets that no URI may have.
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

  /// One octet, plain or escaped, neither of them a control.
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
    if byte < 0x20 || byte == 0x7F { throw .controlCharacter(at: start) }
    return (byte, isEscaped)
  }

  /// Characters cannot span segments, so each is checked by itself.
  private static func requireUTF8(_ bytes: [UInt8], from start: Int, _ segment: Range<Int>) throws(TargetError) {
    guard bytes[start...].contains(where: { $0 >= 0x80 }) else { return }
    guard (try? UTF8Span(validating: bytes.span.extracting(start..<bytes.count))) != nil else {
      throw .invalidUTF8(at: segment.lowerBound)
    }
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
