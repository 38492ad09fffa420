// Searching texts for a part of them, whatever the case, at a cost that grows with the text alone.

/// A part that texts are searched for, by the algorithm of Knuth, Morris and Pratt: no octet of a text is read twice.
struct TextSearch: Sendable {
  /// In lower case.
  private let part: [UInt8]
  /// For each octet how much of the part's beginning ends behind it: from there a search goes on that fails at the
  /// next.
  private let borders: [Int]
  private let isASCII: Bool

  init(_ text: String) {
    part = Array(text.lowercased().utf8)
    isASCII = part.allSatisfy { $0 < 0x80 }
    var borders = [Int](repeating: 0, count: part.count)
    var border = 0
    for position in part.indices.dropFirst() {
      while border > 0, part[border] != part[position] { border = borders[border - 1] }
      if part[border] == part[position] { border += 1 }
      borders[position] = border
    }
    self.borders = borders
  }

  func isFound(in text: String) -> Bool {
    // What is not ASCII has no fixed length in another case, so its lower case is made.
    let text = isASCII || text.utf8.allSatisfy { $0 < 0x80 } ? text : text.lowercased()
    return isFound(in: text.utf8.span)
  }

  private func isFound(in octets: Span<UInt8>) -> Bool {
    guard !part.isEmpty else { return true }
    var count = 0
    for index in octets.indices {
      let octet = Self.lowercased(octets[index])
      while count > 0, part[count] != octet { count = borders[count - 1] }
      if part[count] == octet { count += 1 }
      if count == part.count { return true }
    }
    return false
  }

  private static func lowercased(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }
}
