// One outgoing request, as a value.

package import HTTPCore
package import Reactor

/// The content of a request in a file, from its first byte.
package final class UpstreamBodyFile: Sendable {
  package let file: OwnedDescriptor
  /// Bytes.
  package let count: Int64

  package init(_ file: consuming OwnedDescriptor, count: Int64) {
    self.file = file
    self.count = count
  }
}

/// What to ask of an upstream. Nothing is added to `headers` but Host and Content-Length.
package struct UpstreamRequest: Sendable {
  /// How long an exchange may take, in milliseconds.
  package struct Timeouts: Equatable, Sendable {
    /// From the start until the connection, TLS included, is up. Resolving the name counts.
    package var connect: Milliseconds
    /// Without progress, once the connection is up: a byte sent or received of the content, or a head, which may take
    /// as long and no longer. The time a full buffer waits for its reader does not count. As long may a request wait
    /// for a connection.
    package var idle: Milliseconds
    /// For the whole exchange; nil leaves it unbounded.
    package var total: Milliseconds?

    package init(connect: Milliseconds = 10_000, idle: Milliseconds = 30_000, total: Milliseconds? = nil) {
      self.connect = connect
      self.idle = idle
      self.total = total
    }
  }

  /// A token (RFC 9110 §5.6.2), case-sensitive.
  package var method: String
  /// An absolute URI of the schemes http or https; its path goes out as it stands, dot segments included.
  package var url: String
  /// Field lines in order, octets that are no UTF-8 spelled as `ObsText` does. Content-Length and Transfer-Encoding are
  /// left out: they follow from `body`.
  package var headers: [FieldLine]
  /// The content; nil for none, or where a file has it.
  package var body: [UInt8]?
  /// The content of a request that is larger than what is kept in memory.
  package var bodyFile: UpstreamBodyFile?
  package var timeouts: Timeouts
  /// A PEM file of the certificates to trust in place of the system's.
  package var caFile: String?
  /// Bytes of response content; more fails the exchange with `tooLarge`.
  package var maxBodySize: Int64
  /// Whether http_proxy and its kin are obeyed. Off, so that a test server never calls a company proxy unasked.
  package var proxyFromEnvironment: Bool

  /// Whether content that comes coded is handed over decoded, where that has bounds (`UpstreamExchange.isDecoded`). The
  /// head stays as it came.
  package var decodesContent: Bool

  /// Whether the connection may be kept for the next request.
  package var keepsConnection: Bool

  /// Asked before each connection is made, by the address that a resolver gave; false for all of them fails the
  /// exchange with `forbidden`. With it no connection is used that was made before. Nil allows every address. On the
  /// reactor's thread.
  package var allowsAddress: (@Sendable (SocketAddress) -> Bool)?

  /// 1 GiB: larger than what is sensibly recorded, smaller than a disk.
  package static let defaultMaximumBodySize: Int64 = 1 << 30

  package init(
    method: String = "GET", url: String, headers: [FieldLine] = [], body: [UInt8]? = nil, bodyFile: UpstreamBodyFile? = nil,
    timeouts: Timeouts = Timeouts(),
    caFile: String? = nil, maxBodySize: Int64 = defaultMaximumBodySize, proxyFromEnvironment: Bool = false,
    decodesContent: Bool = false, keepsConnection: Bool = true
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.bodyFile = bodyFile
    self.timeouts = timeouts
    self.caFile = caFile
    self.maxBodySize = maxBodySize
    self.proxyFromEnvironment = proxyFromEnvironment
    self.decodesContent = decodesContent
    self.keepsConnection = keepsConnection
  }

  /// The scheme and authority of `url`, which is what error messages name; a password in it is left out.
  package var origin: String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty else { return url }
    let authority = parts[2].prefix { !"/?#".contains($0) }
    return "\(parts[0])//\(authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...])"
  }

  var hasBody: Bool { body != nil || bodyFile != nil }

  /// Why this cannot be sent, or nil. libcurl would take a line break in a field for the start of the next one.
  var defect: String? {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else { return "\"\(url)\" is not an http or https URL" }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return "the URL has a byte that must be percent-encoded" }
    guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else { return "the method is not a token" }
    for line in headers {
      guard !line.name.isEmpty, line.name.utf8.allSatisfy(Self.isTokenByte) else { return "a field name is not a token" }
      guard line.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        return "field \(line.name) has a control character"
      }
    }
    return nil
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
    default: false
    }
  }
}
