// libcurl in this process: which one, and loaded when.

import CCurl
import Synchronization

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
