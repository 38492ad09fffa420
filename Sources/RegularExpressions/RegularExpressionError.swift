// Why a pattern cannot be used.

/// Why a pattern cannot be used.
package enum RegularExpressionError: Error, Equatable, CustomStringConvertible {
  /// The pattern breaks the rules: what is wrong, and the character, from 1, where that was noticed.
  case invalid(message: String, column: Int)
  /// PCRE2 is not installed, or not what it should be.
  case libraryMissing(reason: String)

  package var description: String {
    switch self {
    case .invalid(let message, let column): "\(message) (character \(column))"
    case .libraryMissing(let reason): "PCRE2 cannot be loaded (Debian: apt install libpcre2-8-0): \(reason)"
    }
  }
}
