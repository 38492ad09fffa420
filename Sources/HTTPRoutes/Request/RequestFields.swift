// The fields of a request by any name, octet by octet: what keys, credentials and varying answers are told apart by.

import HTTPCore

struct RequestFields: Sendable {
  private let head: RequestHead
  private let bytes: [UInt8]

  /// - Parameter bytes: what the head's offsets point into.
  init(_ head: RequestHead, _ bytes: [UInt8]) {
    self.head = head
    self.bytes = bytes
  }

  /// The lines of a field joined with `", "` (RFC 9110 §5.3); nil without any.
  ///
  /// - Parameter name: in lower case.
  func octets(_ name: String) -> [UInt8]? { Self.octets(name, head, bytes.span) }

  /// The same as text; octets that are no UTF-8 are spelled as `ObsText` does, so that what differs stays different.
  func value(_ name: String) -> String? { octets(name).map { ObsText.text($0) } }

  /// The value that the upstream gets of a field that no key has: none of one that Connection names, which ends here
  /// (RFC 9110 §7.6.1).
  static func sentValue(_ name: String, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> String? {
    guard let octets = octets(name, head, bytes) else { return nil }
    if let options = head.combinedValue(of: .connection, in: bytes),
      FieldSyntax.listElements(options).contains(where: { FieldSyntax.equalIgnoringCase(String($0), name) })
    {
      return nil
    }
    return ObsText.text(octets)
  }

  func sentValue(_ name: String) -> String? { Self.sentValue(name, head, bytes.span) }

  static func octets(_ name: String, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> [UInt8]? {
    let known = KnownField(name)
    if known != .other { return head.combinedOctets(of: known, in: bytes) }
    var joined: [UInt8]?
    for field in head.fields where field.field == .other && isName(bytes.extracting(field.name), name) {
      joined = (joined.map { $0 + [UInt8(ascii: ","), 0x20] } ?? []) + bytes.extracting(field.value).copied
    }
    return joined
  }

  /// Whether one of the lines of a field passes a test. `name` is in lower case.
  static func contains(
    _ name: String, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, where test: (Span<UInt8>) -> Bool
  ) -> Bool {
    let known = KnownField(name)
    for field in head.fields where field.field == known {
      if known == .other, !isName(bytes.extracting(field.name), name) { continue }
      if test(bytes.extracting(field.value)) { return true }
    }
    return false
  }

  private static func isName(_ bytes: Span<UInt8>, _ name: String) -> Bool {
    guard bytes.count == name.utf8.count else { return false }
    var position = 0
    for byte in name.utf8 {
      let own = bytes[position]
      guard own == byte || (0x41...0x5A).contains(own) && own | 0x20 == byte else { return false }
      position += 1
    }
    return true
  }
}
