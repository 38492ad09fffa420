// Where a client finds a server.

extension SocketAddress {
  /// The URL by which a client on this machine reaches a server that listens here, `http://127.0.0.1:8080`,
  /// `http://[::1]:8080`, without a slash at its end. A wildcard address becomes loopback. Nil
  /// for a path of the Unix domain, and for an address with a zone, which no URL can name (RFC 3986 §3.2.2).
  public var url: String? {
    guard let port else { return nil }
    switch host {
    case "0.0.0.0", "::": return "http://127.0.0.1:\(port)"
    case let host where host.contains("%"): return nil
    case let host: return host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
  }
}
