// The keys of the main file that are about the server and not about a route.

import YAMLDocument

enum ServerDecoder {
  static let keys = ["listen", "workers", "trusted_proxies", "limits", "timeouts", "log", "access_log"]

  static func decode(_ file: MappingDecoder, into settings: inout Settings) {
    if let listen = file.take("listen"), let addresses = decodeListen(listen) { settings.listen = addresses }
    if let workers = file.take("workers"), !isAuto(workers) { settings.workers = workers.integer(in: 1...1024, "auto or a number") }
    if let proxies = file.take("trusted_proxies"), !proxies.isNull { settings.trustedProxies = decodeProxies(proxies) }
    if let limits = file.take("limits"), !limits.isNull { decodeLimits(limits, into: &settings.limits) }
    if let timeouts = file.take("timeouts"), !timeouts.isNull { decodeTimeouts(timeouts, into: &settings.timeouts) }
    if let log = file.take("log"), !log.isNull { LogDecoder.decode(log, into: &settings.log) }
    if let accessLog = file.take("access_log") { settings.accessLog = LogDecoder.decodeAccessLog(accessLog) }
  }

  private static func isAuto(_ value: SettingsDecoder) -> Bool { value.isNull || value.isWord("auto") }

  private static func decodeListen(_ value: SettingsDecoder) -> [ListenSettings]? {
    if let port = value.node["port"]?.scalar?.text {
      let host = value.node["host"]?.scalar?.text ?? value.node["address"]?.scalar?.text ?? "127.0.0.1"
      let spelled = host.contains(":") && !host.hasPrefix("[") ? "[\(host.excerpt)]" : host.excerpt
      value.errorExpected("an address or a list of addresses", write: "write listen: [\"\(spelled):\(port.excerpt)\"]")
      return nil
    }
    guard let items = value.list("an address or a list of addresses") else { return nil }
    if items.isEmpty { value.error("expected at least one address to listen on") }
    var listeners: [ListenSettings] = []
    for item in items {
      guard let text = item.nonEmptyText("an address such as 127.0.0.1:8080") else { continue }
      guard var address = item.parsed({ () throws(Refusal) in try ListenAddress(parsing: text) }) else { continue }
      if let warning = ListenAddress.warning(of: text) { item.context.warning(warning, at: item.mark) }
      if case .unix(let path) = address {
        let resolved = item.context.resolve(path)
        // sun_path of unix(7) has 108 bytes, the last of them NUL.
        if resolved.utf8.count > 107 {
          item.error("the path of a socket has at most 107 bytes; this one has \(resolved.utf8.count)")
          continue
        }
        address = .unix(path: resolved)
      }
      if let first = listeners.first(where: { $0.address == address && !$0.address.isAnyPort }), let mark = first.mark {
        item.error("the address \(address) is given twice, first at \(mark)")
        continue
      }
      listeners.append(ListenSettings(address, mark: item.mark))
    }
    return listeners
  }

  private static func decodeProxies(_ value: SettingsDecoder) -> [TrustedProxy] {
    guard let items = value.list("a list of addresses and networks") else { return [] }
    return items.compactMap { item in
      guard let text = item.nonEmptyText("an address or a network such as 10.0.0.0/8, or unix"),
        let (proxy, hasHostBits) = item.parsed({ () throws(Refusal) in try TrustedProxy.parse(text) })
      else { return nil }
      if hasHostBits { item.context.warning("the address has bits beyond its prefix; they have no meaning", at: item.mark) }
      return proxy
    }
  }

  private static func decodeLimits(_ value: SettingsDecoder, into limits: inout LimitSettings) {
    guard let mapping = value.mapping("limits", "a mapping such as {body: 8MiB}") else { return }
    if let value = mapping.take("connections"), !isAuto(value) {
      limits.connections = value.integer(in: 1...10_000_000, "auto or a number")
    }
    let descriptors = mapping.take("descriptors")
    if let descriptors, !isAuto(descriptors) { limits.descriptors = descriptors.integer(in: 1...10_000_000, "auto or a number") }
    if let count = mapping.take("descriptors_per_request")?.integer(in: 1...1000, "a number") { limits.descriptorsPerRequest = count }
    // A terabyte is more than any body; 256 bytes are less than any head.
    if let size = mapping.take("body")?.size(in: 0...1 << 40, "from 0B to 1024GiB") { limits.body = size }
    if let size = mapping.take("head")?.size(in: 256...1 << 20, "from 256B to 1MiB") { limits.head = Int(size) }
    mapping.finish()
    if let descriptors, let limit = limits.descriptors, limit <= limits.descriptorsPerRequest {
      descriptors.error(
        "with \(limit) descriptors and \(limits.descriptorsPerRequest) for each request no connection would ever be accepted")
    }
  }

  private static func decodeTimeouts(_ value: SettingsDecoder, into timeouts: inout TimeoutSettings) {
    guard let mapping = value.mapping("timeouts", "a mapping such as {head: 10s, keep_alive: 75s}") else { return }
    if let duration = mapping.take("head")?.duration() { timeouts.head = duration }
    if let duration = mapping.take("body")?.duration() { timeouts.body = duration }
    if let duration = mapping.take("keep_alive")?.duration() { timeouts.keepAlive = duration }
    if let duration = mapping.take("write")?.duration() { timeouts.write = duration }
    if let duration = mapping.take("drain")?.duration(allowsZero: true) { timeouts.drain = duration }
    mapping.finish()
  }
}

extension ListenAddress {
  /// Two of these are two different ports.
  fileprivate var isAnyPort: Bool {
    if case .tcp(_, 0) = self { true } else { false }
  }
}
