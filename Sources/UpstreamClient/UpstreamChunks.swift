// The framing of a chunked body (RFC 9112 §7.1), read beside libcurl. libcurl decodes it, and overlooks whatever stands
// between a chunk's size and the end of its line: `0x5` is a last chunk to it, and the rest of the body a trailer. Nor
// does it bound extensions.

/// Follows the chunks of one response as they arrive on the connection.
struct UpstreamChunks {
  private enum State {
    case size, sizeEnd, extensions, data, dataEnd, dataLineFeed
    /// The last chunk has come: what trailers say is the head collector's business.
    case trailers, trailerLine
    case end
  }

  /// Digits of a size, as libcurl takes them.
  private static let maxDigits = 16
  /// Octets of extensions and blanks beyond those of the content: what comes beside the content is no more than that
  /// and this.
  private static let extensionAllowance: Int64 = 65_536

  private var state = State.size
  private var digits = 0
  private var left: UInt64 = 0
  private var extensionBytes: Int64 = 0
  private var contentBytes: Int64 = 0
  /// Some end their lines with a bare LF: those of the size. Behind content after a size that ended with CR LF, it
  /// would hide a size that is one too large.
  private var endsBare = false
  /// Whether bytes came after the end: an answer to no request, which must not be taken for the next one.
  private(set) var hasExcess = false

  /// Whether the end has come, that of the trailers included. libcurl takes an answer for whole that lacks its very
  /// last octet.
  var isWhole: Bool { state == .end }

  /// Reads on; answers what is wrong, or nil.
  mutating func append(_ bytes: UnsafeRawBufferPointer) -> String? {
    var rest = bytes[...]
    while !rest.isEmpty {
      if state == .end {
        hasExcess = true
        return nil
      }
      if state == .data {
        let count = Int(min(left, UInt64(rest.count)))
        left -= UInt64(count)
        contentBytes += Int64(count)
        rest = rest.dropFirst(count)
        if left == 0 { state = .dataEnd }
      } else if let defect = take(rest.removeFirst()) {
        return defect
      }
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) -> String? {
    switch state {
    case .size:
      if let digit = Self.digit(byte) {
        guard digits < Self.maxDigits, left >> 60 == 0 else { return "a chunk size with too many digits" }
        left = left << 4 | UInt64(digit)
        digits += 1
      } else if digits > 0, byte == 0x20 || byte == 0x09 || byte == 0x3b {
        state = .extensions
        return countExtension()
      } else {
        return digits > 0 ? endSize(byte) : Self.notASize
      }
    case .extensions:
      if byte == 0x0d || byte == 0x0a { return endSize(byte) }
      return countExtension()
    case .sizeEnd:
      guard byte == 0x0a else { return Self.notASize }
      startData(endsBare: false)
    case .dataEnd:
      if byte == 0x0a, endsBare { startSize() } else if byte == 0x0d { state = .dataLineFeed } else { return Self.notAnEnd }
    case .dataLineFeed:
      guard byte == 0x0a else { return Self.notAnEnd }
      startSize()
    case .trailers:
      if byte == 0x0a { state = .end } else if byte != 0x0d { state = .trailerLine }
    case .trailerLine:
      if byte == 0x0a { state = .trailers }
    case .data, .end:
      break
    }
    return nil
  }

  private static let notASize = "a chunk size that is not a number"
  private static let notAnEnd = "a chunk longer than its size"

  private mutating func endSize(_ byte: UInt8) -> String? {
    if byte == 0x0d { state = .sizeEnd } else if byte == 0x0a { startData(endsBare: true) } else { return Self.notASize }
    return nil
  }

  private mutating func startData(endsBare: Bool) {
    self.endsBare = endsBare
    state = left == 0 ? .trailers : .data
  }

  private mutating func startSize() {
    state = .size
    digits = 0
  }

  private mutating func countExtension() -> String? {
    extensionBytes += 1
    return extensionBytes > contentBytes + Self.extensionAllowance ? "more chunk extensions than content" : nil
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
