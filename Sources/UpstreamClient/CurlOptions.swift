// A request as the options of an easy handle (curl_easy_setopt(3)), and the callbacks through which libcurl answers.

import CCurl
import Glibc
import HTTPCore
import Reactor
import SystemPackage

extension CurlMulti {
  func configure(_ transfer: CurlTransfer, _ request: UpstreamRequest) throws(UpstreamError) {
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
    // A cancelled transfer must not wait for that thread: getaddrinfo(3) takes its seconds. Since 7.87; older ones
    // wait.
    _ = ccurl_easy_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_BUFFERSIZE, 65_536)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(request.timeouts.connect, 1)))
    if let total = request.timeouts.total { set(CURLOPT_TIMEOUT_MS, Int(clamping: max(total, 1))) }
    if request.maxBodySize < .max { check(ccurl_easy_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, Int(request.maxBodySize))) }
    if !request.keepsConnection { transfer.forbidReuse() }
    transfer.allowsAddress = request.allowsAddress
    configureRepetition(transfer, request)
    if !request.proxyFromEnvironment { set(CURLOPT_PROXY, "") }
    if let caFile = request.caFile { set(CURLOPT_CAINFO, caFile) }
    configureMethod(transfer, request, &failed)
    configureCallbacks(transfer)
    if failed != CURLE_OK { throw .invalidRequest(reason: String(cString: ccurl_easy_strerror(failed))) }
  }

  /// libcurl sends a request again when a connection that was used before closes without a byte: it takes it for one
  /// that had closed already. The upstream may have acted on it, so only what is safe is repeated, once, on a new
  /// connection (RFC 9110 §9.2.2).
  private func configureRepetition(_ transfer: CurlTransfer, _ request: UpstreamRequest) {
    let isSafe = ["GET", "HEAD", "OPTIONS", "TRACE"].contains(request.method) && !request.hasBody
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    _ = ccurl_easy_set_sending_data(transfer.easy, context)
    let isAsked = ccurl_easy_set_sending_function(transfer.easy) { context, _, _, _, localPort in
      Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue().sends(from: Int(localPort)) ? 0 : 1
    }
    // A connection that is used again has passed no check of its address.
    if !isSafe || isAsked != CURLE_OK || request.allowsAddress != nil { transfer.forbidUsedConnection() }
  }

  private func configureMethod(_ transfer: CurlTransfer, _ request: UpstreamRequest, _ failed: inout CURLcode) {
    let easy = transfer.easy
    if request.method == "HEAD" {
      _ = ccurl_easy_set_long(easy, CURLOPT_NOBODY, 1)
    } else {
      if let file = request.bodyFile {
        _ = ccurl_easy_set_long(easy, CURLOPT_POST, 1)
        _ = ccurl_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int(file.count))
      } else
      // A POST without content says so (RFC 9110 §8.6).
      if let body = request.body ?? (request.method == "POST" ? [] : nil) {
        _ = ccurl_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count)
        let code = body.withUnsafeBytes { ccurl_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(easy)) }
        if code != CURLE_OK { failed = code }
      }
      _ = ccurl_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
    }
    // What libcurl would add by itself is taken out, unless the caller has it. A line ending in ";" is a field without
    // value.
    var lines = request.headers.filter { !["content-length", "transfer-encoding"].contains($0.name.lowercased()) }
      .map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for name in ["Accept", "Accept-Encoding", "Content-Type", "Expect"]
    where !request.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
      lines.append("\(name):")
    }
    for line in lines {
      let octets = ObsText.octets(line).map(CChar.init(bitPattern:)) + [0]
      guard let list = ccurl_slist_append(transfer.lines, octets) else { return failed = CURLE_OUT_OF_MEMORY }
      transfer.lines = list
    }
    _ = ccurl_easy_set_list(easy, CURLOPT_HTTPHEADER, transfer.lines)
  }

  /// The address that libcurl is about to connect to. Its last member is longer than it is declared.
  private static func socketAddress(_ address: UnsafeMutablePointer<curl_sockaddr>) -> SocketAddress {
    var storage = sockaddr_storage()
    let length = min(Int(address.pointee.addrlen), MemoryLayout<sockaddr_storage>.size)
    let octets = UnsafeRawPointer(address) + MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
    withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(start: octets, count: length)) }
    return SocketAddress(storage, length: socklen_t(length))
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
    _ = ccurl_easy_set_pointer(easy, CURLOPT_READDATA, context)
    _ = ccurl_easy_set_read_function(easy) { bytes, size, count, context in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      return transfer.delegate?.curlSends(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
    }
    _ = ccurl_easy_set_pointer(easy, CURLOPT_DEBUGDATA, context)
    _ = ccurl_easy_set_debug_function(easy) { _, kind, bytes, count, context in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      guard kind == CURLINFO_DATA_IN, let delegate = transfer.delegate else { return 0 }
      // libcurl does not ask this callback for a verdict.
      if !delegate.curlReceived(framed: UnsafeRawBufferPointer(start: bytes, count: count)) { transfer.multi?.condemn(transfer) }
      return 0
    }
    _ = ccurl_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
    _ = ccurl_easy_set_open_socket_function(easy) { context, _, address in
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
      if let allows = transfer.allowsAddress {
        let peer = CurlMulti.socketAddress(address!)
        if !allows(peer) {
          transfer.forbiddenAddress = peer
          return CURL_SOCKET_BAD
        }
      }
      do throws(Errno) {
        let socket = try Syscalls.socket(family: address!.pointee.family).release()
        transfer.hasOwnConnection = true
        transfer.multi?.opened(socket)
        return socket
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
