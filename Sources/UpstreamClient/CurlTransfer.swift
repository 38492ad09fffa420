// One easy handle (libcurl-easy(3)) and who hears of it.

import CCurl
import Reactor
import SystemPackage

/// Hears what libcurl has to say of one transfer. Called on the reactor's thread, from inside libcurl.
protocol CurlTransferDelegate: AnyObject {
  /// One line of a head or trailer with its line end; false ends the transfer.
  func curlReceived(headerLine: UnsafeRawBufferPointer) -> Bool
  func curlReceived(body: UnsafeRawBufferPointer) -> CurlBodyVerdict
  /// What `followFraming` asked for: the bytes of a body as they came, before libcurl takes their framing off. False
  /// ends the transfer.
  func curlReceived(framed: UnsafeRawBufferPointer) -> Bool
  /// The next bytes of the request's body; 0 at its end, nil where they cannot be had.
  func curlSends(into buffer: UnsafeMutableRawBufferPointer) -> Int?
  /// The transfer is over, and its handle gone. Not from inside libcurl: it may be entered.
  func curlFinished(_ failure: UpstreamError?)
}

/// What becomes of the bytes handed over.
enum CurlBodyVerdict {
  case taken
  /// Not now: the same bytes come again after `resume`.
  case pause
  case abort
}

/// One easy handle in flight. Retained by its `CurlMulti` until libcurl has let go of it.
final class CurlTransfer {
  let easy: UnsafeMutableRawPointer
  let upstream: String
  var delegate: (any CurlTransferDelegate)?
  weak var multi: CurlMulti?
  var lines: UnsafeMutablePointer<curl_slist>?
  let message: UnsafeMutablePointer<CChar>
  var socketFailure: Errno?
  /// As `UpstreamRequest.allowsAddress`.
  var allowsAddress: (@Sendable (SocketAddress) -> Bool)?
  /// The last address that was not allowed.
  var forbiddenAddress: SocketAddress?
  /// Whether its connection was made for it, and not used before.
  var hasOwnConnection = false
  /// Whether the connection that libcurl chose cannot be used, so that nothing was sent.
  private(set) var isRefused = false

  init?(upstream: String, multi: CurlMulti, delegate: any CurlTransferDelegate) {
    guard let easy = ccurl_easy_init() else { return nil }
    self.easy = easy
    self.upstream = upstream
    self.multi = multi
    self.delegate = delegate
    message = .allocate(capacity: Int(CURL_ERROR_SIZE))
    message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  /// The easy handle must be out of the multi handle by now.
  deinit {
    ccurl_easy_cleanup(easy)
    ccurl_slist_free_all(lines)
    message.deallocate()
  }

  /// Milliseconds from the start until the connection was up (TLS included); nil before that.
  var connectedAfter: Milliseconds? {
    let microseconds = ccurl_easy_info_offset(easy, CURLINFO_PRETRANSFER_TIME_T)
    return microseconds > 0 ? Milliseconds(microseconds) / 1000 : nil
  }

  /// Bytes of the request's content sent so far.
  var bytesSent: Int64 { Int64(ccurl_easy_info_offset(easy, CURLINFO_SIZE_UPLOAD_T)) }

  /// Hears the body as it comes on the connection, from here on. From within the callback that hears the head.
  func followFraming() { _ = ccurl_easy_set_long(easy, CURLOPT_VERBOSE, 1) }

  /// The next connection that libcurl chooses for this is a new one.
  func forbidUsedConnection() { _ = ccurl_easy_set_long(easy, CURLOPT_FRESH_CONNECT, 1) }

  /// The request is about to go out. False where bytes wait on a connection that was used before: no request asked for
  /// them, and they would pass for the response to this request (RFC 9112 §9.2). Where it has to be sent again, it goes
  /// over a new connection, and so not a third time.
  func sends(from localPort: Int) -> Bool {
    forbidUsedConnection()
    isRefused = !hasOwnConnection && multi?.hasUnaskedBytes(localPort: localPort) == true
    return !isRefused
  }

  /// The connection ends with this exchange.
  func forbidReuse() { _ = ccurl_easy_set_long(easy, CURLOPT_FORBID_REUSE, 1) }

  /// Takes further bytes after a verdict of `pause`.
  func resume() { _ = ccurl_easy_pause(easy, Int32(CURLPAUSE_CONT)) }

  var phase: UpstreamError.Phase {
    if ccurl_easy_info_offset(easy, CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolving }
    return connectedAfter == nil ? .connecting : .waiting
  }
}
