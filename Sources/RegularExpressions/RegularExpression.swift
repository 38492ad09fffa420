// Regular expressions by PCRE2, with a bound on what a match may cost. CRegex says how the cost is counted; this file
// and RegularExpressionLibrary alone import it.

import CRegex

/// A compiled pattern: UTF-8 throughout, and `\d`, `\w` and their like mean Unicode's properties.
///
/// One may be used from many threads at a time.
package final class RegularExpression: Sendable {
  /// What a match came to.
  package enum Outcome: Equatable, Sendable {
    case matched, notMatched
    /// Nothing is known: the match would cost more than it may, or the subject is too long.
    case limitReached
  }

  /// The groups of a match: the whole match first, nil for a group that took no part.
  package enum Groups: Equatable, Sendable {
    case matched([String?])
    case notMatched
    case limitReached
  }

  /// In octets; longer ones are refused.
  package static let maxPatternLength = 4_096
  /// In octets; a match against a longer subject is `limitReached`. It is less for a pattern with a class of many
  /// characters beyond ASCII.
  package static let maxSubjectLength = 65_536
  /// Groups beyond this number match but are not reported.
  package static let maxGroups = 32

  /// Chosen by measurement, so that no match takes a millisecond: 12,000 steps take 0.3 to 0.8 ms.
  private static let maxSteps = 12_000
  /// In KiB, for backtracking.
  private static let maxHeap: UInt32 = 512

  package let pattern: String
  /// Never written to once it is compiled, so that threads may share it.
  private nonisolated(unsafe) let code: OpaquePointer
  private let cost: PatternCost
  /// How many groups are reported, the whole match with them.
  private let groupCount: Int

  /// Compiles a pattern, and loads PCRE2 when this is the first of the process.
  package init(_ pattern: String, ignoresCase: Bool = false) throws(RegularExpressionError) {
    guard pattern.utf8.count <= Self.maxPatternLength else {
      throw .invalid(message: "the pattern is longer than \(Self.maxPatternLength) octets", column: 1)
    }
    try RegularExpressionLibrary.load()
    var error: CInt = 0
    var offset = 0
    var text = pattern
    let code = text.withUTF8 { octets in
      cregex_compile(octets.baseAddress, octets.count, ignoresCase ? PCRE2_CASELESS : 0, &error, &offset)
    }
    guard let code else {
      var message = [CChar](repeating: 0, count: 256)
      cregex_error_message(error, &message, message.count)
      let column = pattern.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 } + 1
      throw .invalid(message: RegularExpressionLibrary.text(message), column: column)
    }
    self.pattern = pattern
    self.code = code
    groupCount = min(Int(cregex_group_count(code)) + 1, Self.maxGroups)
    cost = PatternCost(of: pattern)
  }

  deinit { cregex_code_free(code) }

  /// Whether the pattern matches the whole of `subject`.
  package func matchesWhole(_ subject: String) -> Outcome {
    var steps = 0
    return matches(subject, whole: true, steps: &steps)
  }

  /// Whether the pattern matches somewhere in `subject`.
  package func matches(in subject: String) -> Outcome {
    var steps = 0
    return matches(subject, whole: false, steps: &steps)
  }

  /// Whether the pattern matches all of `subject`, or somewhere in it.
  ///
  /// - Parameter steps: is increased by what the match cost, at most some 12,000; a step takes 20 to 60 ns.
  package func matches(_ subject: String, whole: Bool, steps: inout Int) -> Outcome {
    var ranges = [0, 0]
    let result = match(subject, options: whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0, &ranges, &steps)
    if result > 0 { return .matched }
    return result == PCRE2_ERROR_NOMATCH ? .notMatched : .limitReached
  }

  /// The groups of the first match in `subject`.
  package func groups(in subject: String) -> Groups {
    // Groups behind the last that took part are left as they are.
    var ranges = [Int](repeating: -1, count: 2 * groupCount)
    var steps = 0
    let result = match(subject, options: 0, &ranges, &steps)
    guard result > 0 else { return result == PCRE2_ERROR_NOMATCH ? .notMatched : .limitReached }
    let octets = subject.utf8
    return .matched(
      (0..<groupCount).map { group in
        let (start, end) = (ranges[2 * group], ranges[2 * group + 1])
        // PCRE2_UNSET is the largest size, -1 as an Int.
        guard start >= 0, start <= end, end <= octets.count else { return nil }
        return String(decoding: octets.dropFirst(start).prefix(end - start), as: UTF8.self)
      })
  }

  /// The text of the first group of the first match, or of the whole match if the pattern has no group; an empty text
  /// for a group that took no part.
  package func firstGroup(in subject: String) -> (outcome: Outcome, text: String?) {
    switch groups(in: subject) {
    case .matched(let groups): (.matched, (groups.count > 1 ? groups[1] : groups[0]) ?? "")
    case .notMatched: (.notMatched, nil)
    case .limitReached: (.limitReached, nil)
    }
  }

  /// What PCRE2 says. A String is valid UTF-8, as the functions of CRegex demand.
  private func match(_ subject: String, options: UInt32, _ ranges: inout [Int], _ steps: inout Int) -> CInt {
    guard subject.utf8.count <= cost.maxSubjectLength else { return PCRE2_ERROR_MATCHLIMIT }
    let limits = cregex_limits(
      steps: Self.maxSteps, heap: Self.maxHeap, weight: cost.weight, has_references: cost.hasReferences ? 1 : 0)
    var text = subject
    var spent = 0
    let result = text.withUTF8 { octets in
      cregex_match(code, octets.baseAddress, octets.count, options, limits, &ranges, UInt32(ranges.count / 2), &spent)
    }
    steps += spent
    return result
  }
}
