// The id that a proxy in front has given a request.

import HTTPCore

extension RequestValues {
  /// Characters of an id that is taken over.
  private static var maxIDLength: Int { 200 }

  /// X-Request-ID of a trusted proxy; nil without one, and for one that is not 1 to 200 visible ASCII characters.
  var proxyRequestID: String? {
    guard origin.peerIsTrusted, let octets = head.octets(ofField: "x-request-id", in: bytes),
      (1...Self.maxIDLength).contains(octets.count), octets.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return String(decoding: octets, as: UTF8.self)
  }
}
