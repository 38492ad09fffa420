// The keys of the main file that are about the server and not about a route.

import YAMLDocument

enum ServerDecoder {
  static let keys =
    [
      Key(
        "listen", .list(of: .matching("^.*:[0-9]+$|^(unix|systemd):."), atLeast: 1), default: "[127.0.0.1:8080]",
        "Where to listen: addresses such as 127.0.0.1:8080, [::1]:8080 and *:8080, unix:PATH, or systemd:NAME."),
      Key("workers", .integer(1...1024).orAuto, default: "auto", "Threads that serve connections, auto for one per core."),
      Key(
        "trusted_proxies", .list(of: .matching("^(unix|\\[?[0-9A-Fa-f:.]+\\]?(/[0-9]{1,3})?)$")).orNull,
        "Peers whose Forwarded, X-Forwarded-For and X-Real-IP are believed: addresses, networks, and unix."),
      Key("limits", .mapping(limitKeys).orNull, "What one connection, one request and all of them together may take."),
      Key("timeouts", .mapping(timeoutKeys).orNull, "How long the server waits for a client."),
      Key("unmatched", .mapping(unmatchedKeys).orNull, "What a request that no route answers gets."),
      CallbackPolicyDecoder.key,
      Key("log", .mapping(LogDecoder.keys).orNull, "What the daemon says of itself, to standard error."),
      Key(
        "access_log", LogDecoder.accessLogShape, default: "off",
        "One line for each request: off, a path, \"-\" for standard output, or a mapping with path and format."),
      AdminDecoder.key,
    ] + TemplateSettingsDecoder.keys

  private static let limitKeys = KeyTable(
    "limits",
    [
      Key(
        "connections", .integer(1...10_000_000).orAuto, default: "auto", "Connections at a time, auto to leave it to the descriptor budget."
      ),
      Key(
        "descriptors", .integer(1...10_000_000).orAuto, default: "auto",
        "Open descriptors at a time, auto for the limit of the process (RLIMIT_NOFILE)."),
      Key(
        "descriptors_per_request", .integer(1...1000), default: "5",
        "Descriptors that must be left for a request before its connection is accepted."),
      // A terabyte is more than any body; 256 bytes are less than any head.
      Key("body", .size(0...1 << 40), default: "8MiB", "The longest request body, answered 413 beyond."),
      Key("head", .size(256...1 << 20), default: "32KiB", "The longest request head, answered 431 beyond."),
    ])

  private static let timeoutKeys = KeyTable(
    "timeouts",
    [
      Key("head", .duration(), default: "10s", "From the first byte of a request head to its last, answered 408 beyond."),
      Key("body", .duration(), default: "30s", "Between two reads of a request body, answered 408 beyond."),
      Key("keep_alive", .duration(), default: "75s", "Of a connection between two requests; longer than the proxy in front keeps its own."),
      Key("write", .duration(), default: "30s", "Between two writes of which the client takes something, the connection reset beyond."),
      Key(
        "drain", .duration(allowsZero: true), default: "30s",
        "For requests in flight when the server stops or a listener goes away, answered 503 beyond."),
    ])

  private static let unmatchedKeys = KeyTable(
    "unmatched",
    [
      Key(
        "explain", .choice(of: UnmatchedSettings.Explanation.self), default: "local",
        "Which clients are told the routes that come nearest: local, those on this machine, all, or off."),
      Key("status", .integer(400...599), default: "404", "The status of the answer."),
    ])

  static func decode(_ file: MappingDecoder, into settings: inout Settings) {
    if let listen = file.take("listen"), let addresses = decodeListen(listen) { settings.listen = addresses }
    settings.workers = file.integer("workers")
    if let proxies = file.take("trusted_proxies"), !proxies.isNull { settings.trustedProxies = decodeProxies(proxies) }
    if let limits = file.take("limits"), !limits.isNull { decodeLimits(limits, into: &settings.limits) }
    if let timeouts = file.take("timeouts"), !timeouts.isNull { decodeTimeouts(timeouts, into: &settings.timeouts) }
    if let unmatched = file.take("unmatched"), !unmatched.isNull { decodeUnmatched(unmatched, into: &settings.unmatched) }
    if let callbacks = file.take("callbacks") { CallbackPolicyDecoder.decode(callbacks, into: &settings.callbacks) }
    if let log = file.take("log"), !log.isNull { LogDecoder.decode(log, into: &settings.log) }
    TemplateSettingsDecoder.decode(file, into: &settings.templates)
    if let accessLog = file.take("access_log") { settings.accessLog = LogDecoder.decodeAccessLog(accessLog) }
    if let admin = file.take("admin") { settings.admin = AdminDecoder.decode(admin, listeners: settings.listen) }
  }

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
        guard let resolved = item.socketPath(path) else { continue }
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
    guard let mapping = value.mapping(limitKeys, "a mapping such as {body: 8MiB}") else { return }
    limits.connections = mapping.integer("connections")
    limits.descriptors = mapping.integer("descriptors")
    if let count = mapping.integer("descriptors_per_request") { limits.descriptorsPerRequest = count }
    if let size = mapping.size("body") { limits.body = size }
    if let size = mapping.size("head") { limits.head = Int(size) }
    mapping.finish()
    if let descriptors = mapping.take("descriptors"), let limit = limits.descriptors, limit <= limits.descriptorsPerRequest {
      descriptors.error(
        "with \(limit) descriptors and \(limits.descriptorsPerRequest) for each request no connection would ever be accepted")
    }
  }

  private static func decodeUnmatched(_ value: SettingsDecoder, into unmatched: inout UnmatchedSettings) {
    guard let mapping = value.mapping(unmatchedKeys, "a mapping such as {explain: all}") else { return }
    if let explain = mapping.choice("explain", UnmatchedSettings.Explanation.self) { unmatched.explain = explain }
    if let status = mapping.integer("status") { unmatched.status = status }
    mapping.finish()
  }

  private static func decodeTimeouts(_ value: SettingsDecoder, into timeouts: inout TimeoutSettings) {
    guard let mapping = value.mapping(timeoutKeys, "a mapping such as {head: 10s, keep_alive: 75s}") else { return }
    if let duration = mapping.duration("head") { timeouts.head = duration }
    if let duration = mapping.duration("body") { timeouts.body = duration }
    if let duration = mapping.duration("keep_alive") { timeouts.keepAlive = duration }
    if let duration = mapping.duration("write") { timeouts.write = duration }
    if let duration = mapping.duration("drain") { timeouts.drain = duration }
    mapping.finish()
  }
}

extension ListenAddress {
  /// Two of these are two different ports.
  fileprivate var isAnyPort: Bool {
    if case .tcp(_, 0) = self { true } else { false }
  }
}

extension SettingsDecoder {
  /// The path of a socket, relative to the file that names it; nil, reported, where it is too long for one.
  func socketPath(_ path: String) -> String? {
    let resolved = context.resolve(path)
    // sun_path of unix(7) has 108 bytes, the last of them NUL.
    if resolved.utf8.count > 107 {
      error("the path of a socket has at most 107 bytes; this one has \(resolved.utf8.count)")
      return nil
    }
    context.noteResolution("unix:\(ConfiguredFiles.absolute(resolved))", at: node.span)
    return resolved
  }
}
