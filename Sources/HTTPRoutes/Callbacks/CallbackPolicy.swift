// Which servers callbacks may go to. A client may choose the URL of a callback, so what is not listed is refused: by
// the name in the URL, and again by the address that is connected to, whatever a resolver says.

package import AsyncHTTPServer
import Reactor

/// The `callbacks` of the configuration.
package struct CallbackPolicy: Equatable, Sendable {
  /// Addresses and networks, in a URL as numbers or as what a listed name stands for.
  package var networks = TrustedProxies()
  /// Names, in lower case.
  package var hosts: Set<String> = []
  /// Names, in lower case, whose subdomains are listed: `staging.example.com` for `*.staging.example.com`.
  package var domains: Set<String> = []
  /// For one attempt, from the resolving of the name to the end of the answer.
  package var timeout = Duration.seconds(10)
  /// Before the first further attempt; doubles with each, up to a minute.
  package var retryPause = Duration.seconds(1)
  /// Callbacks that wait or are under way, in the process; one more is dropped.
  package var maxWaiting = 1_000

  package init() {}

  /// Whether nothing is listed.
  package var allowsNothing: Bool { networks == TrustedProxies() && hosts.isEmpty && domains.isEmpty }

  /// Whether a URL may name this host.
  ///
  /// - Parameter host: in lower case; an IPv6 address without its brackets.
  package func allows(host: String) -> Bool {
    if let address = SocketAddress(host, port: 0) { return networks.trusts(address) }
    if host == "localhost", Self.loopback.contains(where: { networks.trusts($0) }) { return true }
    if hosts.contains(host) { return true }
    var rest = host[...]
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if domains.contains(String(rest)) { return true }
    }
    return false
  }

  /// Whether a connection for such a host may go to this address. A name that is listed may stand for any address of a
  /// host, but for those of this machine and of the link, which are listed themselves or refused: the owner of the
  /// name's zone must not reach them by it.
  package func allows(address: SocketAddress, of host: String) -> Bool {
    if networks.trusts(address) { return true }
    guard SocketAddress(host, port: 0) == nil else { return false }
    if host == "localhost", hosts.contains(host) { return address.isLocal }
    return !Self.isSpecial(address.addressBytes)
  }

  private static let loopback = ["127.0.0.1", "::1"].compactMap { SocketAddress($0, port: 0) }

  /// Whether an address is no host's that others reach too (RFC 6890): this machine, the link, groups, nothing.
  private static func isSpecial(_ address: [UInt8]) -> Bool {
    switch address.count {
    case 4: return [0, 127].contains(address[0]) || address[0] >= 224 || address.starts(with: [169, 254])
    case 16:
      if address[..<15].allSatisfy({ $0 == 0 }), address[15] <= 1 { return true }
      // Those that have an IPv4 address inside: mapped and translated (RFC 6052).
      if address.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) || address.starts(with: [0, 0x64, 0xFF, 0x9B]) {
        return isSpecial(Array(address[12...]))
      }
      return address[0] == 0xFF || (address[0] == 0xFE && address[1] & 0xC0 == 0x80)
    default: return true
    }
  }
}
