// Whose word on the client's address is believed.

import HTTPCore

/// The proxies in front of a server, by address. From any other peer the fields that name a client are ignored: anybody
/// can send them.
///
/// Of Forwarded (RFC 7239), X-Forwarded-For and X-Real-IP the first that is there counts, so a trusted proxy must set
/// or clear all three: one that it passes on unseen is the client's own word.
public struct TrustedProxies: Sendable, Hashable {
  /// A block of addresses: the first `prefixLength` bits of `address`.
  struct Block: Sendable, Hashable {
    let address: [UInt8]
    let prefixLength: Int

    func contains(_ other: [UInt8]) -> Bool {
      guard other.count == address.count else { return false }
      let whole = prefixLength / 8
      guard address[..<whole] == other[..<whole] else { return false }
      let rest = prefixLength % 8
      return rest == 0 || (address[whole] ^ other[whole]) >> (8 - rest) == 0
    }
  }

  private var blocks: [Block] = []
  /// Whether peers on Unix-domain sockets are trusted. Default false.
  public var trustsUnixPeers = false

  /// Trusts no proxy.
  public init() {}

  /// Trusts an address or a block of them, `127.0.0.1`, `10.0.0.0/8`, `::1`; false when the text is neither. An address
  /// of one link is trusted on all of them, so one with a zone (`fe80::1%eth0`) is refused.
  public mutating func trust(_ text: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = SocketAddress(String(first), port: 0), !first.isEmpty, !first.contains("%") else {
      return false
    }
    let bytes = address.addressBytes
    var prefixLength = bytes.count * 8
    if parts.count == 2 {
      guard let length = Int(parts[1]), (0...prefixLength).contains(length) else { return false }
      prefixLength = length
    }
    blocks.append(Block(address: bytes, prefixLength: prefixLength))
    return true
  }

  package func trusts(_ address: SocketAddress) -> Bool {
    if address.unixPath != nil { return trustsUnixPeers }
    if blocks.isEmpty { return false }
    let bytes = address.addressBytes
    return blocks.contains { $0.contains(bytes) }
  }

  /// The client behind `peer`: the rightmost address that is not a trusted proxy's, since each proxy appends the one it
  /// spoke with.
  func clientAddress(peer: SocketAddress, field: (KnownField) -> String?) -> SocketAddress {
    guard trusts(peer) else { return peer }
    if let forwarded = field(.forwarded) { return nearestStranger(Self.forwardedFor(forwarded)) ?? peer }
    if let forwarded = field(.xForwardedFor) { return nearestStranger(FieldSyntax.listElements(forwarded).map { String($0) }) ?? peer }
    if let address = field(.xRealIP).flatMap(Self.address) { return address }
    return peer
  }

  private func nearestStranger(_ hops: [String]) -> SocketAddress? {
    var nearest: SocketAddress?
    for hop in hops.reversed() {
      // `unknown` and obfuscated names (RFC 7239 §6) end what can be followed.
      guard let address = Self.address(hop) else { return nearest }
      nearest = address
      if !trusts(address) { return address }
    }
    return nearest
  }

  /// The `for` parameters of a Forwarded field, in order (RFC 7239 §4).
  private static func forwardedFor(_ value: String) -> [String] {
    FieldSyntax.listElements(value).compactMap { element in
      for pair in element.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, FieldSyntax.equalIgnoringCase(FieldSyntax.trimmed(parts[0]), "for") else { continue }
        let value = FieldSyntax.trimmed(parts[1])
        return FieldSyntax.unquoted(value) ?? String(value)
      }
      return nil
    }
  }

  /// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
  private static func address(_ text: String) -> SocketAddress? {
    if text.isEmpty { return nil }
    if let bare = SocketAddress(text, port: 0) { return bare }
    if text.first == "[", let end = text.firstIndex(of: "]") {
      let host = String(text[text.index(after: text.startIndex)..<end])
      let rest = text[text.index(after: end)...]
      guard !host.isEmpty, rest.isEmpty || rest.first == ":" else { return nil }
      return SocketAddress(host, port: UInt16(rest.dropFirst()) ?? 0)
    }
    let parts = text.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    return SocketAddress(String(parts[0]), port: port)
  }
}
