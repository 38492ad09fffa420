// Addresses as an operator writes them: where to listen, and which networks to trust. Names are not resolved: what a server listens on
// and whom it believes must not depend on what a resolver says that day.

import Glibc
import YAMLDocument

extension ListenAddress {
  /// Reads `127.0.0.1:8080`, `[::1]:8080`, `*:8080`, `localhost:8080`, `unix:PATH` or `systemd:NAME`.
  package init(parsing text: String) throws(Refusal) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      if path.isEmpty { throw Refusal("\"unix:\" needs the path of a socket: unix:/run/asynchttpd/http.sock") }
      self = .unix(path: path)
      return
    }
    if text.hasPrefix("systemd:") {
      let name = text.dropFirst("systemd:".count)
      // FileDescriptorName= of systemd.socket(5): at most 255 ASCII characters, no control characters, no colon.
      guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
        throw Refusal("\"systemd:\" needs the FileDescriptorName of a socket unit: systemd:http")
      }
      self = .systemd(name: String(name))
      return
    }

    let expected = "expected an address such as 127.0.0.1:8080, found \"\(text.excerpt)\""
    guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
      if let port = UInt16(text) {
        throw Refusal("a port needs an address: 127.0.0.1:\(port) for this machine alone, \"*:\(port)\" for every interface")
      }
      throw Refusal(AddressSpelling.bytes(of: text) == nil ? expected : "\"\(text)\" needs a port: \(text):8080")
    }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(digits) else {
      throw Refusal(digits.allSatisfy(\.isNumber) && !digits.isEmpty ? "the port \(digits) is larger than 65535" : expected)
    }
    let host = String(text[..<colon])
    switch host {
    case "", "*":
      self = .tcp(host: "", port: port)
    case "localhost":
      self = .tcp(host: "127.0.0.1", port: port)
    default:
      if host.hasPrefix("["), host.hasSuffix("]") {
        let inner = String(host.dropFirst().dropLast())
        guard AddressSpelling.bytes(of: inner)?.count == 16 else {
          throw Refusal("\"\(inner.excerpt)\" is not an IPv6 address")
        }
        self = .tcp(host: inner, port: port)
        return
      }
      switch AddressSpelling.bytes(of: host)?.count {
      case 4: self = .tcp(host: host, port: port)
      case 16: throw Refusal("an IPv6 address stands in brackets: \"[\(host)]:\(port)\"")
      default:
        if AddressSpelling.bytes(of: text)?.count == 16 {
          throw Refusal("an IPv6 address stands in brackets and needs a port: \"[\(text)]:8080\"")
        }
        throw Refusal("\"\(host.excerpt)\" is not an IP address; names are not resolved")
      }
    }
  }
}

extension TrustedProxy {
  /// Reads `10.0.0.0/8`, `127.0.0.1`, `fd00::/8` or `unix`. The second value is set where the address has bits beyond its prefix.
  package static func parse(_ text: String) throws(Refusal) -> (proxy: TrustedProxy, hasHostBits: Bool) {
    if text == "unix" { return (.unix, false) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var host = String(parts[0])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard var bytes = AddressSpelling.bytes(of: host) else {
      throw Refusal("expected an address or a network such as 10.0.0.0/8, or unix, found \"\(text.excerpt)\"")
    }
    var prefix = bytes.count * 8
    if parts.count == 2 {
      guard parts[1].allSatisfy({ ("0"..."9").contains($0) }), let bits = Int(parts[1]), bits <= prefix else {
        throw Refusal("the prefix of \"\(text.excerpt)\" is a number from 0 to \(prefix)")
      }
      prefix = bits
    }
    var hasHostBits = false
    for index in bytes.indices {
      let kept = UInt8(truncatingIfNeeded: 0xFF00 >> max(0, min(8, prefix - index * 8)))
      if bytes[index] & ~kept != 0 { hasHostBits = true }
      bytes[index] &= kept
    }
    return (.cidr(bytes: bytes, prefix: prefix), hasHostBits)
  }
}

enum AddressSpelling {
  /// The 4 or 16 bytes of a numeric address (inet_pton(3)), in network order.
  static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
