// PCRE2 in this process, loaded when it is first needed.

import CRegex
import Synchronization

enum RegularExpressionLibrary {
  /// Debian packages it as libpcre2-8-0.
  static let name = "libpcre2-8.so.0"

  private static let isLoaded = Mutex(false)

  /// Loads the library when that has not happened yet; about 0.3 ms the first time.
  static func load() throws(RegularExpressionError) {
    let result = isLoaded.withLock { isLoaded -> Result<Void, RegularExpressionError> in
      if isLoaded { return .success(()) }
      let result = load(name)
      if case .success = result { isLoaded = true }
      return result
    }
    try result.get()
  }

  static func load(_ name: String) -> Result<Void, RegularExpressionError> {
    var message = [CChar](repeating: 0, count: 256)
    if cregex_load(name, &message, message.count) == 0 { return .success(()) }
    return .failure(.libraryMissing(reason: text(message)))
  }

  /// A text of C, up to its NUL.
  static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
