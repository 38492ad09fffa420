// "Did you mean …?": the known word that is nearest to an unknown one, if it is near enough to be what was meant.

package enum Suggestion {
  /// ` (did you mean "method"?)`, or nothing.
  static func phrase(for word: String, among known: [String]) -> String {
    nearest(to: word, among: known).map { " (did you mean \"\($0)\"?)" } ?? ""
  }

  /// The nearest of `known` within a third of the word's length, at least one edit; the first of equals. A word cut
  /// short or carried on, as `warn` is of `warning`, is one edit away.
  package static func nearest(to word: String, among known: [String]) -> String? {
    let typed = Array(word.lowercased().unicodeScalars)
    // A word this long is not a misspelling of one of ours, and the table below has the product of both lengths.
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    let allowed = max(1, typed.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in known {
      let other = Array(candidate.lowercased().unicodeScalars)
      let isPart = min(typed.count, other.count) >= 3 && (typed.starts(with: other) || other.starts(with: typed))
      let distance = isPart ? 1 : distance(typed, other)
      if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// Damerau–Levenshtein distance with adjacent transpositions (optimal string alignment).
  static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
    var beforeLast = [Int](repeating: 0, count: other.count + 1)
    var last = Array(0...other.count)
    for i in 0..<one.count {
      var row = [i + 1]
      row.reserveCapacity(other.count + 1)
      for j in 0..<other.count {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[other.count]
  }
}
