// libcurl's multi-socket interface (libcurl-multi(3)) on a reactor: libcurl says which sockets it wants watched and when it
// wants to be woken, the reactor says what became ready. The one importer of CCurl; nothing of libcurl leaves this file.
//
// libcurl must not be entered from its own callbacks. So a timer of zero waits for the end of the turn, and so does
// readiness that comes up while libcurl is running. Continuations that a callback resumes run in a later job.

import CCurl
import Glibc
import Reactor
import Synchronization
import SystemPackage

/// Hears what libcurl has to say of one transfer. Called on the reactor's thread, from inside libcurl.
protocol CurlTransferDelegate: AnyObject {
  /// One line of a head or trailer with its line end; false ends the transfer.
  func curlReceived(headerLine: UnsafeRawBufferPointer) -> Bool
  func curlReceived(body: UnsafeRawBufferPointer) -> CurlBodyVerdict
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

/// The library in this process.
enum CurlLibrary {
  /// OpenSSL's flavour first, since a `ca_file` means the same to both; Debian packages libcurl4 and libcurl3-gnutls.
  static let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]

  private static let isLoaded = Mutex(false)

  /// Loads the library when that has not happened yet; about 5 ms the first time.
  static func load() throws(UpstreamError) {
    let result = isLoaded.withLock { isLoaded -> Result<Void, UpstreamError> in
      if isLoaded { return .success(()) }
      let result = load(names)
      if case .success = result { isLoaded = true }
      return result
    }
    try result.get()
  }

  /// The content codings that the loaded library decodes: gzip with any, others as it was built.
  static func decodes(_ coding: String) -> Bool {
    switch coding {
    case "gzip", "x-gzip", "deflate": version.contains(" zlib/")
    case "br": version.contains(" brotli/")
    case "zstd": version.contains(" zstd/")
    default: coding == "identity"
    }
  }

  private static let version = String(cString: ccurl_version())

  static func load(_ names: [String]) -> Result<Void, UpstreamError> {
    var reasons: [String] = []
    var message = [CChar](repeating: 0, count: 256)
    for name in names {
      if ccurl_load(name, &message, message.count) == 0 { return .success(()) }
      reasons.append(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return .failure(.libraryMissing(reason: reasons.joined(separator: "; ")))
  }
}

/// One easy handle in flight. Retained by its `CurlMulti` until libcurl has let go of it.
final class CurlTransfer {
  fileprivate let easy: UnsafeMutableRawPointer
  fileprivate let upstream: String
  fileprivate var delegate: (any CurlTransferDelegate)?
  fileprivate var lines: UnsafeMutablePointer<curl_slist>?
  fileprivate let message: UnsafeMutablePointer<CChar>
  fileprivate var socketFailure: Errno?

  fileprivate init?(upstream: String, delegate: any CurlTransferDelegate) {
    guard let easy = ccurl_easy_init() else { return nil }
    self.easy = easy
    self.upstream = upstream
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

  /// Takes further bytes after a verdict of `pause`.
  func resume() { _ = ccurl_easy_pause(easy, Int32(CURLPAUSE_CONT)) }

  fileprivate var phase: UpstreamError.Phase {
    if ccurl_easy_info_offset(easy, CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolving }
    return connectedAfter == nil ? .connecting : .waiting
  }
}

/// All transfers of one reactor: connections kept and shared between them. Confined to the reactor's thread, hence
/// `@unchecked Sendable`.
final class CurlMulti: TimerTarget, TurnEndTarget, @unchecked Sendable {
  private let reactor: Reactor
  private let limits: UpstreamClient.Limits
  private var handle: UnsafeMutableRawPointer?
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var sockets: [Int32: CurlSocket] = [:]

  private var timer = TimerID.none
  private var idleTimer = TimerID.none
  private var isTimeoutDue = false
  private var isTurnEndAsked = false
  private var isInsideCurl = false
  private var deferredEvents: [(descriptor: Int32, readiness: Readiness)] = []

  init(reactor: Reactor, limits: UpstreamClient.Limits) {
    self.reactor = reactor
    self.limits = limits
  }

  // MARK: Transfers

  /// Starts a transfer. The delegate is retained until it has heard `curlFinished`.
  func start(_ request: UpstreamRequest, _ delegate: any CurlTransferDelegate) throws(UpstreamError) -> CurlTransfer {
    let upstream = request.origin
    guard let handle = handle ?? makeHandle(), let transfer = CurlTransfer(upstream: upstream, delegate: delegate) else {
      throw .other(upstream: upstream, reason: "libcurl is out of memory")
    }
    try configure(transfer, request)
    transfers[transfer.easy] = transfer
    isInsideCurl = true
    let code = ccurl_multi_add_handle(handle, transfer.easy)
    isInsideCurl = false
    guard code == CURLM_OK else {
      transfers[transfer.easy] = nil
      throw .other(upstream: upstream, reason: "libcurl takes no transfer (code \(code.rawValue))")
    }
    reactor.cancelTimer(idleTimer)
    return transfer
  }

  /// Ends a transfer whose delegate wants to hear no more of it. Ended ones are ignored.
  func cancel(_ transfer: CurlTransfer) {
    guard transfers[transfer.easy] === transfer else { return }
    remove(transfer)
    transfer.delegate = nil
  }

  /// Ends every transfer and closes every connection.
  func shutDown(_ failure: UpstreamError = .cancelled) {
    for transfer in Array(transfers.values) { finish(transfer, failure) }
    closeHandle()
  }

  private func finish(_ transfer: CurlTransfer, _ failure: UpstreamError?) {
    let delegate = transfer.delegate
    transfer.delegate = nil
    remove(transfer)
    delegate?.curlFinished(failure)
  }

  private func remove(_ transfer: CurlTransfer) {
    precondition(!isInsideCurl, "a transfer ends inside libcurl")
    transfers[transfer.easy] = nil
    isInsideCurl = true
    if let handle { _ = ccurl_multi_remove_handle(handle, transfer.easy) }
    isInsideCurl = false
    // The resolver's own pair of sockets closes without a callback.
    DescriptorWatch.descriptorClosed()
    if transfers.isEmpty { idleTimer = reactor.setTimer(after: limits.idleLifetime, self) }
  }

  // MARK: The multi handle

  private func makeHandle() -> UnsafeMutableRawPointer? {
    guard let handle = ccurl_multi_init() else { return nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, context)
    _ = ccurl_multi_set_socket_function(handle) { _, socket, what, context, _ in
      Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().watch(socket, what)
      return 0
    }
    _ = ccurl_multi_set_pointer(handle, CURLMOPT_TIMERDATA, context)
    _ = ccurl_multi_set_timer_function(handle) { _, milliseconds, context in
      Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().setTimer(milliseconds)
      return 0
    }
    _ = ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, limits.idleConnections)
    _ = ccurl_multi_set_long(handle, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
    _ = ccurl_multi_set_long(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.connections)
    self.handle = handle
    return handle
  }

  private func closeHandle() {
    reactor.cancelTimer(timer)
    reactor.cancelTimer(idleTimer)
    isTimeoutDue = false
    guard let handle else { return }
    isInsideCurl = true
    _ = ccurl_multi_cleanup(handle)
    isInsideCurl = false
    self.handle = nil
    for socket in sockets.values { reactor.deregister(socket.descriptor) }
    sockets = [:]
  }

  private func perform(_ socket: Int32, _ events: Int32) {
    guard let handle else { return }
    var running: Int32 = 0
    isInsideCurl = true
    let code = ccurl_multi_socket_action(handle, socket, events, &running)
    isInsideCurl = false
    guard code == CURLM_OK || code == CURLM_BAD_SOCKET else {
      // Out of memory, or a defect of libcurl: no transfer of this handle can be trusted to go on.
      return shutDown(.other(upstream: "libcurl", reason: "libcurl gives up (code \(code.rawValue))"))
    }
    var result = CURLE_OK
    while let handle = self.handle, let easy = ccurl_multi_next_done(handle, &result) {
      guard let transfer = transfers[easy] else { continue }
      finish(transfer, failure(result, transfer))
    }
  }

  // MARK: Readiness and time

  private func watch(_ descriptor: Int32, _ what: Int32) {
    let interest: Readiness =
      switch what {
      case CURL_POLL_IN: .readable
      case CURL_POLL_OUT: .writable
      case CURL_POLL_INOUT: [.readable, .writable]
      default: []
      }
    if interest.isEmpty {
      sockets[descriptor] = nil
      reactor.deregister(descriptor)
    } else if let socket = sockets[descriptor] {
      guard socket.interest != interest else { return }
      socket.interest = interest
      reactor.setInterest(interest, of: descriptor)
    } else {
      let socket = CurlSocket(descriptor, interest, self)
      // ENOSPC and ENOMEM at worst. The transfer then hears of nothing and ends by its timeouts.
      guard (try? reactor.register(descriptor, interest, socket)) != nil else { return }
      sockets[descriptor] = socket
    }
  }

  fileprivate func ready(_ socket: CurlSocket, _ readiness: Readiness) {
    if isInsideCurl {
      deferredEvents.append((socket.descriptor, readiness))
      return askForTurnEnd()
    }
    var events: Int32 = 0
    // A broken socket is readable and writable: recv(2) and send(2) tell libcurl more than an error bit would, and what
    // arrived before the break is not lost.
    let isBroken = !readiness.isDisjoint(with: [.hungUp, .failed])
    if readiness.contains(.readable) || isBroken && socket.interest.contains(.readable) { events |= CURL_CSELECT_IN }
    if readiness.contains(.writable) || isBroken && socket.interest.contains(.writable) { events |= CURL_CSELECT_OUT }
    perform(socket.descriptor, events)
  }

  private func setTimer(_ milliseconds: Int) {
    reactor.cancelTimer(timer)
    timer = .none
    isTimeoutDue = milliseconds == 0
    if milliseconds == 0 {
      askForTurnEnd()
    } else if milliseconds > 0 {
      // The reactor counts from the start of its turn, libcurl from now: one more, so that it is never too early.
      timer = reactor.setTimer(after: Milliseconds(milliseconds) + 1, self)
    }
  }

  private func askForTurnEnd() {
    guard !isTurnEndAsked else { return }
    isTurnEndAsked = true
    reactor.atEndOfTurn(self)
  }

  func turnEnded(on reactor: Reactor) {
    isTurnEndAsked = false
    let events = deferredEvents
    deferredEvents = []
    for event in events {
      if let socket = sockets[event.descriptor] { ready(socket, event.readiness) }
    }
    guard isTimeoutDue else { return }
    isTimeoutDue = false
    perform(CURL_SOCKET_BAD, 0)
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    if timer == self.timer {
      self.timer = .none
      perform(CURL_SOCKET_BAD, 0)
    } else if timer == idleTimer, transfers.isEmpty {
      // Nobody fetches: the kept connections' descriptors go back to the budget.
      closeHandle()
    }
  }

  fileprivate func closing(_ descriptor: Int32) {
    sockets[descriptor] = nil
    reactor.deregister(descriptor)
    OwnedDescriptor(descriptor).close()
  }
}

/// A socket of libcurl's that the reactor watches.
private final class CurlSocket: EventHandler {
  let descriptor: Int32
  var interest: Readiness
  private unowned let multi: CurlMulti

  init(_ descriptor: Int32, _ interest: Readiness, _ multi: CurlMulti) {
    self.descriptor = descriptor
    self.interest = interest
    self.multi = multi
  }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) { multi.ready(self, readiness) }
}

// MARK: Options

extension CurlMulti {
  private func configure(_ transfer: CurlTransfer, _ request: UpstreamRequest) throws(UpstreamError) {
    let easy = transfer.easy
    var failed: CURLcode = CURLE_OK
    func check(_ code: CURLcode) { if code != CURLE_OK { failed = code } }
    func set(_ option: CURLoption, _ value: Int) { check(ccurl_easy_set_long(easy, option, value)) }
    func set(_ option: CURLoption, _ value: String) { check(ccurl_easy_set_string(easy, option, value)) }

    _ = ccurl_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, transfer.message)
    set(CURLOPT_URL, request.url)
    set(CURLOPT_PATH_AS_IS, 1)
    check(ccurl_easy_allow_http_only(easy))
    set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    // Signals would interrupt whatever thread they hit; names are resolved in a thread of libcurl's.
    set(CURLOPT_NOSIGNAL, 1)
    // A cancelled transfer must not wait for that thread: getaddrinfo(3) takes its seconds. Since 7.87; older ones wait.
    _ = ccurl_easy_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_BUFFERSIZE, 65_536)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(request.timeouts.connect, 1)))
    if let total = request.timeouts.total { set(CURLOPT_TIMEOUT_MS, Int(clamping: max(total, 1))) }
    check(ccurl_easy_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, Int(request.maximumBodySize)))
    if !request.proxyFromEnvironment { set(CURLOPT_PROXY, "") }
    if let caFile = request.caFile { set(CURLOPT_CAINFO, caFile) }
    // Any value has it decode; the field that goes out is the caller's.
    if request.decodesContent { set(CURLOPT_ACCEPT_ENCODING, "identity") }
    configureMethod(transfer, request, &failed)
    configureCallbacks(transfer)
    if failed != CURLE_OK { throw .invalidRequest(reason: String(cString: ccurl_easy_strerror(failed))) }
  }

  private func configureMethod(_ transfer: CurlTransfer, _ request: UpstreamRequest, _ failed: inout CURLcode) {
    let easy = transfer.easy
    if request.method == "HEAD" {
      _ = ccurl_easy_set_long(easy, CURLOPT_NOBODY, 1)
    } else {
      // A POST without content says so (RFC 9110 §8.6).
      if let body = request.body ?? (request.method == "POST" ? [] : nil) {
        _ = ccurl_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count)
        let code = body.withUnsafeBytes { ccurl_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(easy)) }
        if code != CURLE_OK { failed = code }
      }
      _ = ccurl_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
    }
    // What libcurl would add by itself is taken out, unless the caller has it. A line ending in ";" is a field without value.
    var lines = request.headers.filter { !["content-length", "transfer-encoding"].contains($0.0.lowercased()) }
      .map { $0.1.isEmpty ? "\($0.0);" : "\($0.0): \($0.1)" }
    for name in ["Accept", "Accept-Encoding", "Content-Type", "Expect"]
    where !request.headers.contains(where: { $0.0.lowercased() == name.lowercased() }) {
      lines.append("\(name):")
    }
    for line in lines {
      guard let list = ccurl_slist_append(transfer.lines, line) else { return failed = CURLE_OUT_OF_MEMORY }
      transfer.lines = list
    }
    _ = ccurl_easy_set_list(easy, CURLOPT_HTTPHEADER, transfer.lines)
  }

  private func configureCallbacks(_ transfer: CurlTransfer) {
    let easy = transfer.easy
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    _ = ccurl_easy_set_pointer(easy, CURLOPT_HEADERDATA, context)
    _ = ccurl_easy_set_write_function(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      let length = size * count
      return transfer.delegate?.curlReceived(headerLine: UnsafeRawBufferPointer(start: bytes, count: length)) == true ? length : 0
    }
    _ = ccurl_easy_set_pointer(easy, CURLOPT_WRITEDATA, context)
    _ = ccurl_easy_set_write_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      let length = size * count
      return switch transfer.delegate?.curlReceived(body: UnsafeRawBufferPointer(start: bytes, count: length)) {
      case .taken: length
      case .pause: Int(CURL_WRITEFUNC_PAUSE)
      case .abort, nil: length == 0 ? 1 : 0
      }
    }
    _ = ccurl_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
    _ = ccurl_easy_set_open_socket_function(easy) { context, _, address in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      do throws(Errno) {
        return try Syscalls.socket(family: address!.pointee.family).release()
      } catch {
        transfer.socketFailure = error
        return CURL_SOCKET_BAD
      }
    }
    // A kept connection closes after its transfer is gone: this one's context is the multi, which outlives both.
    _ = ccurl_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(self).toOpaque())
    _ = ccurl_easy_set_close_socket_function(easy) { context, socket in
      Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().closing(socket)
      return 0
    }
  }
}

// MARK: Errors

extension CurlMulti {
  private func failure(_ code: CURLcode, _ transfer: CurlTransfer) -> UpstreamError? {
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
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM:
      return .reset(upstream: upstream, reason: reason)
    case CURLE_FILESIZE_EXCEEDED:
      return .tooLarge(upstream: upstream, .body(0))
    case CURLE_URL_MALFORMAT:
      return .invalidRequest(reason: reason)
    case CURLE_OUT_OF_MEMORY where isOutOfDescriptors(transfer):
      return .tooManyDescriptors(upstream: upstream)
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
