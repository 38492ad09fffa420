// Searching texts for a part of them, whatever the case.

/// A part that texts are searched for.
struct TextSearch: Sendable {
  /// In lower case.
  private let part: [UInt8]
  private let isASCII: Bool

  init(_ text: String) {
    part = Array(text.lowercased().utf8)
    isASCII = part.allSatisfy { $0 < 0x80 }
  }

  func isFound(in text: String) -> Bool {
    // What is not ASCII has no fixed length in another case, so its lower case is made.
    let text = isASCII || text.utf8.allSatisfy { $0 < 0x80 } ? text : text.lowercased()
    return isFound(in: text.utf8.span)
  }

  /// At most length × length of the part, which a request line bounds.
  private func isFound(in octets: Span<UInt8>) -> Bool {
    guard let first = part.first else { return true }
    guard octets.count >= part.count else { return false }
    var start = 0
    while start <= octets.count - part.count {
      if Self.lowercased(octets[start]) == first {
        var count = 1
        while count < part.count, Self.lowercased(octets[start + count]) == part[count] { count += 1 }
        if count == part.count { return true }
      }
      start += 1
    }
    return false
  }

  private static func lowercased(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }
}
