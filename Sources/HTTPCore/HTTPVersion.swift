// The protocol version a request was understood as (RFC 9110 §2.5).

/// A version of HTTP. Public so that it is inlined where it is asked.
public struct HTTPVersion: Equatable, Sendable {
  /// The number before the dot.
  public var major: UInt8
  /// The number after it.
  public var minor: UInt8

  /// From its numbers.
  @inlinable
  public init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// HTTP/1.0.
  @inlinable public static var http10: HTTPVersion { HTTPVersion(major: 1, minor: 0) }
  /// HTTP/1.1.
  @inlinable public static var http11: HTTPVersion { HTTPVersion(major: 1, minor: 1) }

  /// Whether the peer understands what came with 1.1: chunked bodies, interim responses, persistence by default.
  @inlinable
  public var isAtLeast11: Bool { major > 1 || (major == 1 && minor >= 1) }
}
