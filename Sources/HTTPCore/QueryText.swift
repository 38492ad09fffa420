// A query as it goes out again: in a redirect, in a URL for an upstream, in the key of a recording.

/// The one spelling of a raw query. People and clients leave octets plain that a URI has escaped (RFC 3986 §3.4);
/// either way they mean the same.
package enum QueryText {
  /// Whether the octet stands plain. `[` and `]` do, as browsers leave them; a percent sign is taken for that of an
  /// escape.
  package static func isPlain(_ byte: UInt8) -> Bool { ByteClass.query.contains(byte) }

  /// The query with every other octet escaped.
  package static func escaped(_ query: Span<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(query.count)
    for index in query.indices {
      let byte = query[index]
      if isPlain(byte) { result.append(byte) } else { result += Octet.escaped(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
