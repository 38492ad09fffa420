// Addresses as an operator writes them: where to listen, and which networks to trust. Names are not resolved: what a
// server listens on and whom it believes must not depend on what a resolver says that day.

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
    guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { throw Refusal(Self.portIsMissing(text) ?? expected) }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      throw Refusal(Self.isMoreThanAnAddress(text) ?? expected)
    }
    guard let port = UInt16(digits) else { throw Refusal("the port \(String(digits).excerpt) is larger than 65535") }
    let host = String(text[..<colon])
    switch host {
    case "", "*":
      self = .tcp(host: "", port: port)
    case "localhost":
      self = .tcp(host: "127.0.0.1", port: port)
    default:
      if host.hasPrefix("["), host.hasSuffix("]") {
        self = .tcp(host: try Self.bracketed(String(host.dropFirst().dropLast()), port), port: port)
        return
      }
      switch AddressSpelling.bytes(of: host)?.count ?? AddressSpelling.bytes(of: AddressSpelling.withoutZone(host))?.count {
      case 4 where !host.contains("%"): self = .tcp(host: host, port: port)
      case 16: throw Refusal("an IPv6 address stands in brackets: \"[\(host)]:\(port)\"")
      default:
        if AddressSpelling.bytes(of: text)?.count == 16 {
          throw Refusal("an IPv6 address stands in brackets and needs a port: \"[\(text)]:8080\"")
        }
        throw Refusal(Self.isMoreThanAnAddress(text) ?? "\"\(host.excerpt)\" is not an IP address; names are not resolved")
      }
    }
  }

  /// What is between the brackets of an IPv6 address: the address, and for a link-local one the zone, which is the name
  /// or the number of an interface (RFC 4007 section 11).
  private static func bracketed(_ text: String, _ port: UInt16) throws(Refusal) -> String {
    let address = AddressSpelling.withoutZone(text)
    guard let bytes = AddressSpelling.bytes(of: address), bytes.count == 16 else {
      throw Refusal("\"\(text.excerpt)\" is not an IPv6 address")
    }
    let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
    let zone = text.dropFirst(address.count)
    if zone.isEmpty {
      if isLinkLocal { throw Refusal("a link-local address needs its interface: \"[\(address)%eth0]:\(port)\"") }
    } else if !isLinkLocal {
      throw Refusal("\"\(text.excerpt)\" has a zone, which only a link-local address (fe80::/10) has: \"[\(address)]:\(port)\"")
    } else if !AddressSpelling.isInterfaceName(zone.dropFirst()) {
      throw Refusal("the zone of \"\(text.excerpt)\" is not the name of an interface: \"[\(address)%eth0]:\(port)\"")
    }
    return text
  }

  /// What to say of a text that has no port.
  private static func portIsMissing(_ text: String) -> String? {
    if let port = UInt16(text) {
      return "a port needs an address: 127.0.0.1:\(port) for this machine alone, \"*:\(port)\" for every interface"
    }
    if text.hasPrefix("/") { return "the path of a socket begins with unix: write \"unix:\(text.excerpt)\"" }
    let inner = text.hasPrefix("[") ? String(text.dropFirst().dropLast()) : text
    guard AddressSpelling.bytes(of: AddressSpelling.withoutZone(inner)) != nil || ["*", "localhost"].contains(text) else { return nil }
    return "\"\(text)\" needs a port: \(inner == text && text != "*" ? "\(text):8080" : "\"\(text):8080\"")"
  }

  /// What to say of a URL, or of an address with more behind it.
  private static func isMoreThanAnAddress(_ text: String) -> String? {
    let lowered = text.lowercased()
    if lowered.hasPrefix("https://") || lowered.hasSuffix(" ssl") || lowered.hasSuffix(" tls") {
      return "asynchttpd speaks plain HTTP, so an address has no https and no ssl; put nginx in front for TLS, see config/nginx/"
    }
    for scheme in ["http://", "tcp://"] where lowered.hasPrefix(scheme) {
      return "an address has no scheme and no path: write \(text.dropFirst(scheme.count).prefix { $0 != "/" })"
    }
    return nil
  }

  /// What to say of an address that is good and may not do what was meant; nil if there is nothing to say.
  package static func warning(of text: String) -> String? {
    guard text.hasPrefix(":") else { return nil }
    return "\"\(text)\" listens on every interface; write \"*\(text)\" if that is meant, 127.0.0.1\(text) for this machine alone"
  }
}

extension TrustedProxy {
  /// Reads `10.0.0.0/8`, `127.0.0.1`, `fd00::/8` or `unix`. The second value is set where the address has bits beyond
  /// its prefix.
  package static func parse(_ text: String) throws(Refusal) -> (proxy: TrustedProxy, hasHostBits: Bool) {
    if text == "unix" { return (.unix, false) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var host = String(parts[0])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard var bytes = AddressSpelling.bytes(of: host) else {
      throw Refusal("expected an address or a network such as 10.0.0.0/8, or unix, found \"\(text.excerpt)\"" + hint(for: text))
    }
    var prefix = bytes.count * 8
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let bits = Int(parts[1]), bits <= prefix
      else {
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

  /// Names and addresses with a port or a zone: a peer is known by its address alone.
  private static func hint(for text: String) -> String {
    switch text.lowercased() {
    case "localhost", "loopback", "true", "private": return "; write [127.0.0.1, \"::1\"] for this machine"
    case "*", "any", "all": return "; [0.0.0.0/0, \"::/0\"] is every address, and then any client can claim to be another"
    default: break
    }
    if text.hasPrefix("unix:") { return "; write unix for every UNIX domain socket" }
    let zoneless = AddressSpelling.withoutZone(text)
    if zoneless != text, AddressSpelling.bytes(of: zoneless) != nil { return "; leave out the zone: \"\(zoneless)\"" }
    if let colon = text.lastIndex(of: ":"), AddressSpelling.bytes(of: String(text[..<colon]))?.count == 4 {
      return "; leave out the port: \(text[..<colon])"
    }
    return ""
  }
}

enum AddressSpelling {
  /// `fe80::1` of `fe80::1%eth0`.
  static func withoutZone(_ text: String) -> String { String(text.prefix { $0 != "%" }) }

  /// What Linux takes for the name of an interface (dev_valid_name), or its number.
  static func isInterfaceName(_ text: some StringProtocol) -> Bool {
    (1...15).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/]:%".utf8.contains($0) }
  }

  /// The 4 or 16 bytes of a numeric address (inet_pton(3)), in network order.
  static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
