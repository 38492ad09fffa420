// The id that a proxy in front has given a request.

import AsyncHTTPServer
import HTTPCore

extension RequestValues {
  /// X-Request-ID of a trusted proxy; nil without one, and for one that is not valid (`RequestID`).
  var proxyRequestID: String? {
    guard let range = head.firstValue(of: .xRequestID), origin.peerIsTrusted else { return nil }
    return RequestID(bytes.extracting(range))?.description
  }
}
