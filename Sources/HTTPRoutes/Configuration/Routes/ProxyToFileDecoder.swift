// `proxy_to_file: DIR`, which only replays, or a mapping with `store` and the rest.

import Recordings
import YAMLDocument

enum ProxyToFileDecoder {
  static let key = Key(
    ProxyToFileOptions.kind, .any([.path, .mapping(keys)]),
    "Another server's answers, fetched once and replayed from files; the directory of the recordings alone only replays.")

  private static let keys = KeyTable(
    ProxyToFileOptions.kind,
    [
      Key("store", .path, "The directory of the recordings, made with the first of them; routes may share one."),
      Key(
        "upstream", .any([.matching("^[Hh][Tt][Tt][Pp][Ss]?://."), .null]),
        "The http or https URL to fetch from; without one the network is never touched."),
      Key(
        "mode", .choice(of: ProxyToFileOptions.Mode.self),
        "replay: never fetch; once: fetch what is not recorded; refresh: fetch again what is too old; record: always fetch and record; "
          + "passthrough: always fetch, record nothing. once by default with an upstream, else replay."),
      Key("key", .mapping(recordingKeys), "What tells two recordings of one method and path apart."),
      Key(
        "save_status", .list(of: .any([.matching("^[2-5][xX][xX]$"), .status])), default: "[2xx, 404]",
        "Which answers are recorded: statuses such as 404, and classes such as 2xx."),
      Key("refresh_after", .duration(), default: "30d", "With mode refresh, how old a recording may become."),
      Key("redact", .mapping(redactKeys), "What is never recorded."),
      Key(
        "credentials", .choice(of: ProxyToFileOptions.Credentials.self), default: "auto",
        "Whose recordings answer requests with credentials: each client's own (separate), everybody's (share), none (refuse), or as the "
          + "answer says (auto)."),
      Key("max_size", .size(sizes), default: "2GiB", "The bound of the store, beyond which the least recently used recordings go."),
      Key("max_body", .size(sizes), "The longest body that is recorded; as long as max_size by default."),
      Key(
        "on_miss", .any([.status, .mapping(ProxyMissDecoder.keys)]), default: "404",
        "The answer where nothing is recorded and nothing can be fetched: a status, or a mapping with a body."),
      Key("ca_file", .path, "PEM certificates that the upstream's has to lead to; those of the system by default."),
      Key(
        "timeout", .duration(atMost: .seconds(86_400)), default: "30s",
        "The longest to wait for a connection, for the whole head, and for each next piece of the body."),
    ], required: ["store"])

  private static let sizes: ClosedRange<Int64> = 1...1 << 50

  private static let recordingKeys = KeyTable(
    "key",
    [
      Key("query", .any([.words(["all", "none"]), .list(of: .text)]), default: "all", "all, none, or the query parameters that matter."),
      Key("headers", .fieldNames, default: "[]", "Request fields that matter."),
      Key(
        "body", .choice(of: ProxyToFileOptions.Key.Body.self), default: "none",
        "none, hash for the request body's digest, or json for the digest of its meaning as JSON."),
    ])

  private static let redactKeys = KeyTable(
    "redact",
    [
      Key("headers", .fieldNames, default: "[authorization, set-cookie]", "Fields whose values are never recorded."),
      Key("query", .list(of: .text), default: "[]", "Query parameters whose values are never recorded."),
    ])

  static func decode(_ responder: ResponderDecoding) -> ProxyToFileOptions? {
    let value = responder.value
    if value.node.mapping == nil {
      if let url = value.node.scalar?.text, url.contains("://") {
        let way = "write proxy_to_file: {store: recordings, upstream: \"\(url.excerpt)\"}"
        value.errorExpected("the directory of the recordings or a mapping with \"store\"", write: way)
        return nil
      }
      guard let store = value.path("the directory of the recordings or a mapping with \"store\"") else { return nil }
      let options = ProxyToFileOptions(store: store)
      checkStore(options, value)
      return options
    }
    guard let mapping = value.mapping(keys) else { return nil }
    let storeValue = mapping.require("store")
    let store = storeValue?.path("the directory of the recordings")
    let upstreamValue = mapping.take("upstream").flatMap { $0.isNull ? nil : $0 }
    let upstream = upstreamValue.flatMap(self.upstream)
    let modeValue = mapping.take("mode")
    let mode = mapping.choice("mode", ProxyToFileOptions.Mode.self)
    var options = ProxyToFileOptions(store: store ?? "", upstream: upstream, mode: mode ?? (upstreamValue == nil ? .replay : .once))
    if let modeValue, let mode, mode != .replay, upstreamValue == nil {
      modeValue.error("mode \(mode.rawValue) needs an \"upstream\" to fetch from")
    }
    if let key = mapping.take("key") { decodeKey(key, into: &options.key) }
    if let patterns = mapping.take("save_status")?.list("a list of statuses such as [2xx, 404]") {
      options.saveStatus = patterns.compactMap(statusPattern)
    }
    if let (after, keyMark) = mapping.takeEntry("refresh_after") {
      if let duration = mapping.duration("refresh_after") { options.refreshAfter = duration }
      if modeValue == nil || (mode != nil && mode != .refresh) {
        after.context.warning("\"refresh_after\" has a meaning with mode refresh alone; the mode is \(options.mode.rawValue)", at: keyMark)
      }
    }
    if let redact = mapping.take("redact")?.mapping(redactKeys) {
      if let names = redact.take("headers")?.fieldNames() { options.redactedHeaders = names.map { $0.lowercased() } }
      if let names = redact.take("query")?.texts("a list of query parameters", of: "the name of a query parameter") {
        options.redactedQuery = names
      }
      redact.finish()
    }
    if let credentials = mapping.choice("credentials", ProxyToFileOptions.Credentials.self) { options.credentials = credentials }
    if let size = mapping.size("max_size") { options.maxSize = size }
    if let size = mapping.size("max_body") { options.maxBody = size }
    if let miss = mapping.take("on_miss") { ProxyMissDecoder.decode(miss, into: &options.onMiss) }
    if let value = mapping.take("ca_file"), let path = value.path("a file of PEM certificates") {
      value.context.noteRead(path)
      switch ConfiguredFiles.examine(path) {
      case .success(.file): options.caFile = path
      case .success: value.error("\"\(path.escapingControls)\" is not a regular file")
      case .failure(let reason): value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
      }
    }
    if let timeout = mapping.duration("timeout") { options.timeout = timeout }
    mapping.finish()
    guard let storeValue, store != nil else { return nil }
    checkStore(options, storeValue)
    return options
  }

  private static func decodeKey(_ value: SettingsDecoder, into key: inout ProxyToFileOptions.Key) {
    guard let mapping = value.mapping(recordingKeys) else { return }
    if let query = mapping.take("query") {
      if query.isWord("all") {
        key.query = .all
      } else if query.isWord("none") {
        key.query = .names([])
      } else if let names = query.texts("all, none or a list of query parameters", of: "the name of a query parameter") {
        key.query = .names(names)
      }
    }
    if let names = mapping.take("headers")?.fieldNames() { key.headers = names.map { $0.lowercased() } }
    if let body = mapping.choice("body", ProxyToFileOptions.Key.Body.self) { key.body = body }
    mapping.finish()
  }

  /// `2xx` or `404`.
  private static func statusPattern(_ value: SettingsDecoder) -> ProxyToFileOptions.StatusPattern? {
    let expected = "a status such as 404 or 2xx"
    guard let text = value.text(expected) else { return nil }
    if text.utf8.count == 3, text.lowercased().hasSuffix("xx"), let hundreds = Int(text.prefix(1)), (2...5).contains(hundreds) {
      return ProxyToFileOptions.StatusPattern(hundreds * 100...hundreds * 100 + 99)
    }
    if let status = Int(text), (200...599).contains(status) { return ProxyToFileOptions.StatusPattern(status...status) }
    value.error("expected \(expected), found \"\(text.excerpt)\"")
    return nil
  }

  private static func upstream(_ value: SettingsDecoder) -> String? {
    guard let text = value.nonEmptyText(UpstreamURLFault.expected) else { return nil }
    guard let fault = UpstreamURLFault(in: text) else { return text }
    value.error(fault.message, in: fault.range, of: text)
    return nil
  }

  /// Recordings that are to be replayed have to be there; a store to be filled is made with its first recording.
  private static func checkStore(_ options: ProxyToFileOptions, _ value: SettingsDecoder) {
    switch ConfiguredFiles.examine(options.store) {
    case .success(.directory): break
    case .success: value.error("the store \"\(options.store.escapingControls)\" is not a directory")
    case .failure(let reason):
      if options.mode == .replay {
        value.error("cannot replay from \"\(options.store.escapingControls)\": \(reason.message)")
      } else if case .success(.file) = ConfiguredFiles.examine(ConfiguredFiles.directory(of: options.store)) {
        value.error("the store \"\(options.store.escapingControls)\" would be below a file")
      }
    }
  }
}

extension SettingsDecoder {
  /// Names of fields as they are written.
  func fieldNames() -> [String]? {
    guard let items = list("a list of header names") else { return nil }
    return items.compactMap { item in
      guard let name = item.nonEmptyText("a header name") else { return nil }
      guard HeadersDecoder.isToken(name) else {
        item.error("\"\(name.excerpt)\" is not a header name")
        return nil
      }
      return name
    }
  }
}
