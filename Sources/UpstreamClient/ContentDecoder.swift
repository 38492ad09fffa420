// Decodes content in steps: a step takes and makes a bounded number of bytes, so that a body of 260 KB that stands for
// 256 MiB neither fills the memory nor holds the loop. libcurl would decode all that it has read at one go.
//
// gzip and deflate alone (RFC 9110 §8.4.1): their window is 32 KiB. Those of br and zstd are as large as the sender
// likes, up to 16 MiB and more.

import CZlib
import HTTPCore

/// The decoder of one response's content. Confined to its reactor's thread.
final class ContentDecoder {
  /// What a step came to.
  enum Step {
    case decoded([UInt8])
    /// All that was given has been taken.
    case needsInput
    case damaged(String)
  }

  private enum Wrapping { case gzip, deflate }

  /// What a step takes and makes at most.
  static let stepSize = 32_768

  private let wrapping: Wrapping
  private var stream: OpaquePointer?
  /// The coded bytes at hand, read up to `offset`.
  private var input: [UInt8] = []
  private var offset = 0
  private var isAtEnd = false
  /// Whether the last step was full: inflate may have more without another byte.
  private var mayHaveMore = false

  /// A decoder for the codings of a response; nil where there is none, or none that can be decoded within bounds.
  init?(codings: String) {
    let names = codings.split(separator: ",").map { FieldSyntax.lowercased(FieldSyntax.trimmed($0)) }.filter {
      $0 != "identity" && !$0.isEmpty
    }
    guard names.count == 1, czlib_load() == 0 else { return nil }
    switch names[0] {
    case "gzip", "x-gzip": wrapping = .gzip
    case "deflate": wrapping = .deflate
    default: return nil
    }
  }

  deinit { czlib_close(stream) }

  /// Hands over further coded bytes, once a step has asked for them.
  func append(_ bytes: [UInt8]) {
    guard offset < input.count else {
      input = bytes
      offset = 0
      return
    }
    input = Array(input[offset...]) + bytes
    offset = 0
  }

  /// Whether the content ends where its coding does; content without a byte is whole, too.
  var isWhole: Bool { stream == nil && input.isEmpty || isAtEnd }

  /// Whether a step may come to something without further bytes.
  var hasInput: Bool { offset < input.count || mayHaveMore }

  func step() -> Step {
    while hasInput {
      if let defect = begin() { return defect }
      // deflate needs two bytes to tell its wrapping.
      guard let stream else { return .needsInput }
      var taken = UInt32(min(input.count - offset, Self.stepSize))
      var result = CZLIB_MORE
      let decoded = [UInt8](unsafeUninitializedCapacity: Self.stepSize) { buffer, count in
        var made = UInt32(buffer.count)
        result = input.withUnsafeBufferPointer {
          czlib_inflate(stream, $0.baseAddress! + offset, &taken, buffer.baseAddress!, &made)
        }
        count = Int(made)
      }
      let hadInput = offset < input.count
      offset += Int(taken)
      mayHaveMore = decoded.count == Self.stepSize && result == CZLIB_MORE
      if result == CZLIB_DAMAGED || result == CZLIB_MORE && hadInput && taken == 0 && decoded.isEmpty {
        return .damaged("its coded content is damaged")
      }
      isAtEnd = result == CZLIB_END
      if !decoded.isEmpty { return .decoded(decoded) }
      // A step without a byte is one all the same: bytes that stand for none must not hold the loop.
      if !isAtEnd, offset < input.count { return .decoded([]) }
    }
    return .needsInput
  }

  /// Opens the stream, or the next one of several (RFC 1952 §2.2).
  private func begin() -> Step? {
    if isAtEnd {
      guard wrapping == .gzip else { return .damaged("bytes after its coded content") }
      guard czlib_reset(stream) == 0 else { return .damaged("its coded content is damaged") }
      isAtEnd = false
    }
    if stream != nil { return nil }
    switch wrapping {
    case .gzip: stream = czlib_open(Int32(CZLIB_GZIP))
    case .deflate:
      guard input.count - offset >= 2 else { return nil }
      // Some send deflate as it is defined, within zlib's wrapping (RFC 1950 §2.2), and some the bare data.
      let (first, second) = (UInt16(input[offset]), UInt16(input[offset + 1]))
      let isWrapped = first & 0x0f == 8 && (first << 8 | second) % 31 == 0
      stream = czlib_open(isWrapped ? Int32(CZLIB_ZLIB) : Int32(CZLIB_RAW))
    }
    return stream == nil ? .damaged("no memory is left to decode it") : nil
  }
}
