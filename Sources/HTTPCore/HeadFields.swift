// The fields of a request's head by any name, octet by octet, with the repetitions of a field in one value.

extension RequestHead {
  /// The lines of a field joined with `", "` (RFC 9110 §5.3); nil without any.
  ///
  /// - Parameters:
  ///   - name: in lower case.
  ///   - bytes: what the head's offsets point into.
  package func octets(ofField name: String, in bytes: Span<UInt8>) -> [UInt8]? {
    let known = KnownField(name)
    if known != .other { return combinedOctets(of: known, in: bytes) }
    var joined: [UInt8]?
    for field in fields where field.field == .other && Self.isName(bytes.extracting(field.name), name) {
      joined = (joined.map { $0 + [UInt8(ascii: ","), 0x20] } ?? []) + field.value.map { bytes[$0] }
    }
    return joined
  }

  /// Whether one of the lines of a field passes a test.
  ///
  /// - Parameters:
  ///   - name: in lower case.
  ///   - bytes: what the head's offsets point into.
  package func contains(field name: String, in bytes: Span<UInt8>, where test: (Span<UInt8>) -> Bool) -> Bool {
    let known = KnownField(name)
    for field in fields where field.field == known {
      if known == .other, !Self.isName(bytes.extracting(field.name), name) { continue }
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

  /// The value of a field as text, which a next server gets: nil for a field that Connection names, which ends here
  /// (RFC 9110 §7.6.1). Octets that are no UTF-8 are spelled as `ObsText` does, so that what differs stays different.
  package func forwardedValue(ofField name: String, in bytes: Span<UInt8>) -> String? {
    guard let octets = octets(ofField: name, in: bytes) else { return nil }
    if let options = combinedValue(of: .connection, in: bytes),
      FieldSyntax.listElements(options).contains(where: { FieldSyntax.equalIgnoringCase(String($0), name) })
    {
      return nil
    }
    return ObsText.text(octets)
  }
}

/// A head and its octets, kept for longer than the buffer they were read into.
package struct HeadFields: Sendable {
  private let head: RequestHead
  private let bytes: [UInt8]

  /// - Parameter bytes: what the head's offsets point into.
  package init(_ head: RequestHead, _ bytes: [UInt8]) {
    self.head = head
    self.bytes = bytes
  }

  /// `RequestHead.octets`.
  package func octets(_ name: String) -> [UInt8]? { head.octets(ofField: name, in: bytes.span) }

  /// The same as text; octets that are no UTF-8 are spelled as `ObsText` does.
  package func value(_ name: String) -> String? { octets(name).map { ObsText.text($0) } }

  /// `RequestHead.forwardedValue`.
  package func forwardedValue(_ name: String) -> String? { head.forwardedValue(ofField: name, in: bytes.span) }
}
