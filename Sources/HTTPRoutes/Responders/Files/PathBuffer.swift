// The path of a file as the kernel wants it: bytes that end in NUL, built in place for each request so that nothing is
// allocated.

import Glibc
import Reactor
import SystemPackage

struct PathBuffer: Sendable {
  /// Always ends in NUL.
  private(set) var bytes: [UInt8] = [0]

  /// Without the NUL.
  var count: Int { bytes.count - 1 }

  /// `root`, which ends in a slash, and what is below it.
  mutating func assign(_ root: [UInt8], _ rest: Span<UInt8>) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: root)
    rest.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    bytes.append(0)
  }

  mutating func append(_ text: String) { append(text.utf8) }

  mutating func append(_ octets: some Collection<UInt8>) {
    bytes.removeLast()
    bytes.append(contentsOf: octets)
    bytes.append(0)
  }

  mutating func truncate(to count: Int) {
    bytes.removeLast(bytes.count - count)
    bytes.append(0)
  }

  /// Whether these are the bytes of another buffer.
  func isSame(as other: [UInt8]) -> Bool {
    guard bytes.count == other.count else { return false }
    // Never empty: the NUL is there.
    return bytes.withUnsafeBytes { own in other.withUnsafeBytes { memcmp(own.baseAddress!, $0.baseAddress!, own.count) == 0 } }
  }

  var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    bytes.withUnsafeBytes { fingerprint.add($0) }
    return fingerprint.value
  }

  /// stat(2): links are followed, wherever they lead. That tells what to open, and whether what was opened is still
  /// there; it grants nothing.
  func status() throws(Errno) -> FileStatus {
    try withPath { path throws(Errno) in try Syscalls.status(path) }
  }

  /// Runs `body` with what comes after the first `start` octets, as the kernel wants it.
  func withPath<R: ~Copyable, E: Error>(from start: Int = 0, _ body: (UnsafePointer<CChar>) throws(E) -> R) throws(E) -> R {
    try bytes.span.withUnsafeBufferPointer { buffer throws(E) in
      // Never empty: the NUL is there.
      try body(UnsafeRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self) + start)
    }
  }
}
