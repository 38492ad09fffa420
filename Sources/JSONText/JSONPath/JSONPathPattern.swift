// What JSONPath asks of an engine for regular expressions. This module has none and knows none.

/// Compiles a pattern in the syntax of PCRE2; nil if the engine refuses it.
package typealias JSONPathEngine = @Sendable (_ pattern: String) -> (any JSONPathPattern)?

/// A compiled pattern.
package protocol JSONPathPattern: Sendable {
  /// Whether the pattern matches `subject`, all of it or somewhere in it; nil if that would cost too much.
  ///
  /// - Parameter steps: to be increased by what the match cost, in steps of some 50 ns.
  func matches(_ subject: String, whole: Bool, steps: inout Int) -> Bool?
}
