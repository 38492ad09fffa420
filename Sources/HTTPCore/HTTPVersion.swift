// The protocol version a request was understood as (RFC 9110 §2.5).

package struct HTTPVersion: Equatable, Sendable {
  package var major: UInt8
  package var minor: UInt8

  package init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  package static var http10: HTTPVersion { HTTPVersion(major: 1, minor: 0) }
  package static var http11: HTTPVersion { HTTPVersion(major: 1, minor: 1) }

  /// Whether the peer understands what came with 1.1: chunked bodies, interim responses, persistence by default.
  @inline(__always)
  package var isAtLeast11: Bool { major > 1 || (major == 1 && minor >= 1) }
}
