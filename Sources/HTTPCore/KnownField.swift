// The fields that the server reads, decides by, or must keep out of trailers. The parser recognises them once, while it
// checks the name, so that everything after it asks with an enum and never compares strings.

package enum KnownField: UInt8, Sendable, CaseIterable {
  // Framing, routing and the connection.
  case host, contentLength, transferEncoding, connection, expect, upgrade, te, trailer, keepAlive, proxyConnection, maxForwards
  // Content and its negotiation.
  case accept, acceptEncoding, acceptLanguage, contentType, contentEncoding, contentLanguage, contentLocation, contentRange
  // Conditions and ranges.
  case range, ifRange, ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince
  // Cross-origin requests.
  case origin, accessControlRequestMethod, accessControlRequestHeaders
  // What a reverse proxy adds.
  case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xRealIP, xRequestID, via
  // Who asks, and what they may do.
  case userAgent, referer, authorization, proxyAuthorization, cookie
  // Caching and dates.
  case cacheControl, pragma, date
  // What only responses carry, and trailers must not.
  case age, authenticationInfo, expires, location, proxyAuthenticate, retryAfter, setCookie, vary, warning, wwwAuthenticate
  /// Any other field; its name is in the bytes.
  case other

  /// The name as it is registered, for writing and for people. Empty for `other`.
  package var name: String {
    switch self {
    case .host: "Host"
    case .contentLength: "Content-Length"
    case .transferEncoding: "Transfer-Encoding"
    case .connection: "Connection"
    case .expect: "Expect"
    case .upgrade: "Upgrade"
    case .te: "TE"
    case .trailer: "Trailer"
    case .keepAlive: "Keep-Alive"
    case .proxyConnection: "Proxy-Connection"
    case .maxForwards: "Max-Forwards"
    case .accept: "Accept"
    case .acceptEncoding: "Accept-Encoding"
    case .acceptLanguage: "Accept-Language"
    case .contentType: "Content-Type"
    case .contentEncoding: "Content-Encoding"
    case .contentLanguage: "Content-Language"
    case .contentLocation: "Content-Location"
    case .contentRange: "Content-Range"
    case .range: "Range"
    case .ifRange: "If-Range"
    case .ifMatch: "If-Match"
    case .ifNoneMatch: "If-None-Match"
    case .ifModifiedSince: "If-Modified-Since"
    case .ifUnmodifiedSince: "If-Unmodified-Since"
    case .origin: "Origin"
    case .accessControlRequestMethod: "Access-Control-Request-Method"
    case .accessControlRequestHeaders: "Access-Control-Request-Headers"
    case .forwarded: "Forwarded"
    case .xForwardedFor: "X-Forwarded-For"
    case .xForwardedProto: "X-Forwarded-Proto"
    case .xForwardedHost: "X-Forwarded-Host"
    case .xForwardedPort: "X-Forwarded-Port"
    case .xRealIP: "X-Real-IP"
    case .xRequestID: "X-Request-ID"
    case .via: "Via"
    case .userAgent: "User-Agent"
    case .referer: "Referer"
    case .authorization: "Authorization"
    case .proxyAuthorization: "Proxy-Authorization"
    case .cookie: "Cookie"
    case .cacheControl: "Cache-Control"
    case .pragma: "Pragma"
    case .date: "Date"
    case .age: "Age"
    case .authenticationInfo: "Authentication-Info"
    case .expires: "Expires"
    case .location: "Location"
    case .proxyAuthenticate: "Proxy-Authenticate"
    case .retryAfter: "Retry-After"
    case .setCookie: "Set-Cookie"
    case .vary: "Vary"
    case .warning: "Warning"
    case .wwwAuthenticate: "WWW-Authenticate"
    case .other: ""
    }
  }

  /// Recognises a name in any case; `other` when it is none of these.
  package init(_ name: String) {
    self = name.utf8.count <= PackedName.capacity ? KnownField(PackedName(name)) : .other
  }

  /// Open addressing over a table that never changes: the longest probe is fixed by the names above, not by what
  /// clients send.
  @inline(__always)
  init(_ name: PackedName) {
    let table = Self.table
    var slot = name.slot(bits: Self.tableBits)
    while table[slot].field != .other {
      if table[slot].name == name {
        self = table[slot].field
        return
      }
      slot = (slot &+ 1) & (table.count &- 1)
    }
    self = .other
  }

  private struct Entry {
    var name = PackedName()
    var field = KnownField.other
  }

  /// 256 slots for 54 names: nearly every lookup ends at its first slot.
  private static var tableBits: UInt64 { 8 }

  private static let table: [Entry] = {
    var table = [Entry](repeating: Entry(), count: 1 << tableBits)
    for field in allCases where field != .other {
      let name = PackedName(field.name)
      var slot = name.slot(bits: tableBits)
      while table[slot].field != .other { slot = (slot + 1) & (table.count - 1) }
      table[slot] = Entry(name: name, field: field)
    }
    return table
  }()
}

/// Which known fields a head has, so that asking for an absent one costs one bit test.
package struct KnownFieldSet: OptionSet, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  package init(_ field: KnownField) { rawValue = 1 &<< UInt64(field.rawValue) }

  /// Fields that take one value (RFC 9110 §5.3): of two lines, one recipient takes the first and another the last. Host
  /// and Content-Length have rules of their own, and so have the dates of conditions and Range, which are to be ignored
  /// when they make no sense (§13.1.3, §14.2).
  @inline(__always)
  static var single: KnownFieldSet {
    [
      KnownFieldSet(.authorization), KnownFieldSet(.proxyAuthorization), KnownFieldSet(.contentType), KnownFieldSet(.contentRange),
      KnownFieldSet(.contentLocation), KnownFieldSet(.maxForwards), KnownFieldSet(.origin), KnownFieldSet(.accessControlRequestMethod),
      KnownFieldSet(.referer), KnownFieldSet(.userAgent), KnownFieldSet(.date),
    ]
  }

  @inline(__always)
  package func contains(_ field: KnownField) -> Bool { rawValue & (1 &<< UInt64(field.rawValue)) != 0 }
}
