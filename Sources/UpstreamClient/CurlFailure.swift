// What libcurl's codes (libcurl-errors(3)) mean to an operator.

import CCurl
import Reactor
import SystemPackage

extension CurlMulti {
  func failure(_ code: CURLcode, _ transfer: CurlTransfer) -> UpstreamError? {
    let upstream = transfer.upstream
    let text = String(cString: transfer.message)
    let reason = text.isEmpty ? String(cString: ccurl_easy_strerror(code)) : text
    let errno = Errno(rawValue: Int32(truncatingIfNeeded: ccurl_easy_info_long(transfer.easy, CURLINFO_OS_ERRNO)))
    switch code {
    case CURLE_OK:
      return nil
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return isOutOfDescriptors(transfer)
        ? .tooManyDescriptors(upstream: upstream) : .unresolvable(upstream: upstream, host: Self.host(upstream))
    case CURLE_COULDNT_CONNECT:
      if let address = transfer.forbiddenAddress { return .forbidden(upstream: upstream, address: address.host) }
      if isOutOfDescriptors(transfer) { return .tooManyDescriptors(upstream: upstream) }
      return .refused(upstream: upstream, reason: errno.rawValue == 0 ? reason : errno.description)
    case CURLE_OPERATION_TIMEDOUT:
      return .timedOut(upstream: upstream, transfer.phase)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND, CURLE_USE_SSL_FAILED:
      return .tls(upstream: upstream, reason: reason)
    case CURLE_RECV_ERROR where reason.contains("chunked-encoding"), CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL,
      CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2:
      return .malformed(upstream: upstream, reason: reason)
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM,
      CURLE_SEND_FAIL_REWIND:
      return .reset(upstream: upstream, reason: reason)
    case CURLE_FILESIZE_EXCEEDED:
      return .tooLarge(upstream: upstream, .body(0))
    case CURLE_URL_MALFORMAT:
      return .invalidRequest(reason: reason)
    case CURLE_OUT_OF_MEMORY where isOutOfDescriptors(transfer):
      return .tooManyDescriptors(upstream: upstream)
    // A line of the head that does not end is that to libcurl before 8.6, and "too large" since.
    case CURLE_OUT_OF_MEMORY where transfer.connectedAfter != nil, CURLcode(rawValue: 100):
      return .tooLarge(upstream: upstream, .head(UpstreamHeadCollector.maxHeadSize))
    default:
      return .other(upstream: upstream, reason: reason)
    }
  }

  /// The resolver says only that it failed; whether descriptors were the reason is asked of the kernel.
  private func isOutOfDescriptors(_ transfer: CurlTransfer) -> Bool {
    if let failure = transfer.socketFailure { return failure == .tooManyOpenFiles || failure == .tooManyOpenFilesInSystem }
    guard let open = ProcessDescriptors.openCount(), let limit = ProcessDescriptors.softLimit else { return false }
    return open + 2 > limit
  }

  private static func host(_ upstream: String) -> String {
    let authority = upstream.split(separator: "/").last ?? ""
    let host = authority.split(separator: "@").last ?? ""
    return String(host.prefix { $0 != ":" })
  }
}
