// Entity tags: the opaque validators of representations (RFC 9110 §8.8.3).

package struct EntityTag: Equatable, Sendable {
  package var isWeak: Bool
  /// What stands between the quotes.
  package var opaque: String

  /// - Parameters:
  ///   - opaque: `etagc` octets only; that they are is the caller's promise.
  package init(isWeak: Bool = false, opaque: String) {
    precondition(opaque.utf8.allSatisfy(Self.isTagOctet), "an entity tag has neither quotes nor blanks in it")
    self.isWeak = isWeak
    self.opaque = opaque
  }

  /// Reads exactly one tag, `"x"` or `W/"x"`. The prefix is case-sensitive.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    var index = 0
    guard let tag = Self.read(bytes, &index), index == bytes.count else { return nil }
    self = tag
  }

  /// The tag as it is sent.
  package var text: String { isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\"" }

  /// Strong comparison: both are strong and the same. For conditions that guard writes and ranges.
  package func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

  /// Weak comparison: the same, whether strong or not. For cache validation.
  package func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

  /// What If-Match and If-None-Match hold.
  package enum Condition: Equatable, Sendable {
    /// `*`
    case any
    case tags([EntityTag])

    /// Nil if the value is malformed. A comma within a tag belongs to the tag.
    package init?(_ value: String) {
      if FieldSyntax.trimmed(value[...]) == "*" {
        self = .any
        return
      }
      let bytes = Array(value.utf8)
      var tags: [EntityTag] = []
      var index = 0
      var needsComma = false
      while index < bytes.count {
        if Octet.isBlank(bytes[index]) {
          index += 1
        } else if bytes[index] == Octet.comma {
          needsComma = false
          index += 1
        } else {
          guard !needsComma, let tag = EntityTag.read(bytes, &index) else { return nil }
          tags.append(tag)
          needsComma = true
        }
      }
      guard !tags.isEmpty else { return nil }
      self = .tags(tags)
    }
  }

  private static func read(_ bytes: [UInt8], _ index: inout Int) -> EntityTag? {
    let isWeak = index + 1 < bytes.count && bytes[index] == 0x57 && bytes[index + 1] == Octet.slash
    if isWeak { index += 2 }
    guard index < bytes.count, bytes[index] == Octet.quote else { return nil }
    index += 1
    let start = index
    while index < bytes.count, isTagOctet(bytes[index]) { index += 1 }
    guard index < bytes.count, bytes[index] == Octet.quote else { return nil }
    index += 1
    return EntityTag(isWeak: isWeak, opaque: String(decoding: bytes[start..<index - 1], as: UTF8.self))
  }

  private static func isTagOctet(_ byte: UInt8) -> Bool { byte >= 0x80 || ByteClass.entityTag.contains(byte) }
}
