// The references that this server writes into Location and its kin (RFC 3986 section 4.1): what a client sent is in
// them only as a path or a query of the same host, whatever a reader makes of it.

import HTTPCore

enum URIReference {
  /// The raw query of a request as a URI may have it.
  static func query(_ octets: some Sequence<UInt8>) -> String { escaped(octets) { QueryText.isPlain($0) } }

  /// A path with one slash at its beginning: of two, a reader would take what follows for a host (RFC 3986 section
  /// 4.2).
  static func onThisHost(_ path: String) -> String { "/" + path.drop { $0 == "/" } }

  /// The text without what browsers read otherwise than it stands there: they take a backslash for a slash, and leave
  /// out tabs and line ends (WHATWG URL section 4.4).
  static func withoutTricks(_ text: String) -> String {
    escaped(text.utf8) { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
  }

  private static func escaped(_ octets: some Sequence<UInt8>, unless staysPlain: (UInt8) -> Bool) -> String {
    var result: [UInt8] = []
    for octet in octets {
      if staysPlain(octet) { result.append(octet) } else { result += Octet.escaped(octet) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
