// `admin`: the listener for operators, and the journal of requests that it shows.

import JSONText
import YAMLDocument

enum AdminDecoder {
  static let key = Key(
    "admin", .any([.off, address, .mapping(keys), .null]), default: "off",
    "The listener for operators, with metrics, the journal and reloads: off, an address, or a mapping with listen.")

  private static let address = Shape.matching("^.*:[0-9]+$|^unix:.")

  private static let keys = KeyTable(
    "admin",
    [
      Key("listen", address, "Where it listens: unix:PATH, or an address such as 127.0.0.1:8081; another than loopback needs a token."),
      Key("token", .text, "What every request has to carry as Authorization: Bearer, 16 to 256 characters; none by default."),
      Key("journal", .any([.off, .mapping(journalKeys), .null]), "How much is kept of the requests: off, or a mapping."),
    ], required: ["listen"])

  private static let journalKeys = KeyTable(
    "journal", noun: "the journal",
    [
      Key("entries", .integer(1...1_000_000), default: "1000", "Requests that are kept, the latest."),
      Key("bytes", .size(65_536...1 << 32), default: "16MiB", "Bytes of all that are kept together; the oldest make room."),
      Key("bodies", .size(0...16 << 20), default: "64KiB", "Bytes that are kept of each body."),
      Key("redact", .mapping(redactKeys), "What is never shown."),
    ])

  private static let redactKeys = KeyTable(
    "journal_redact", noun: "redact",
    [
      Key(
        "headers", .fieldNames, default: "[\(JournalSettings.usualSecrets.joined(separator: ", "))]",
        "Fields whose values are never shown."),
      Key("json", .list(of: .text), default: "[]", "What is never shown of bodies of JSON, as expressions such as $.password."),
    ])

  /// The settings; nil for `off` and after an error.
  ///
  /// - Parameter listeners: those for clients, none of which may take the same address.
  static func decode(_ value: SettingsDecoder, listeners: [ListenSettings]) -> AdminSettings? {
    if value.isNull || value.isWord("off") || value.isWord("false") { return nil }
    guard value.node.mapping != nil else { return finish(listen(value), token: nil, of: value, listeners) }
    guard let mapping = value.mapping(keys, "off, an address such as 127.0.0.1:8081, or a mapping such as {listen: 127.0.0.1:8081}") else {
      return nil
    }
    let listen = mapping.require("listen")
    let address = listen.flatMap { self.listen($0) }
    // One that is bad is reported where it stands, and is no reason to say that there is none.
    let token = mapping.take("token").map { self.token($0) ?? "" }
    let journal = mapping.take("journal")
    let decodedJournal = journal.map { self.journal($0) } ?? JournalSettings()
    mapping.finish()
    var settings = listen.flatMap { finish(address, token: token, of: $0, listeners) }
    settings?.journal = decodedJournal
    return settings
  }

  /// Checks what depends on more than one key.
  private static func finish(_ address: ListenAddress?, token: String?, of value: SettingsDecoder, _ listeners: [ListenSettings])
    -> AdminSettings?
  {
    guard let address else { return nil }
    let settings = AdminSettings(listen: ListenSettings(address, mark: value.mark), token: token)
    if let reason = settings.refusal(beside: listeners) { value.error(reason) }
    return settings
  }

  private static func listen(_ value: SettingsDecoder) -> ListenAddress? {
    guard let text = value.nonEmptyText("an address such as 127.0.0.1:8081, or unix:PATH"),
      let address = value.parsed({ () throws(Refusal) in try ListenAddress(parsing: text) })
    else { return nil }
    switch address {
    case .tcp: return address
    case .unix(let path): return value.socketPath(path).map { .unix(path: $0) }
    case .systemd:
      value.error("the admin listener opens its own socket: write unix:PATH, or 127.0.0.1:8081")
      return nil
    }
  }

  private static func token(_ value: SettingsDecoder) -> String? {
    // b64token of RFC 6750 section 2.1.
    func isAllowed(_ octet: UInt8) -> Bool {
      (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet) || "-._~+/=".utf8.contains(octet)
    }
    guard let text = value.text("a token, such as \"${ADMIN_TOKEN}\"") else { return nil }
    guard (16...256).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else {
      // The token itself is a secret, so it is not shown.
      value.error("a token has 16 to 256 letters, digits and characters of -._~+/=, such as those of: openssl rand -hex 32")
      return nil
    }
    return text
  }

  /// Nil for `off`.
  private static func journal(_ value: SettingsDecoder) -> JournalSettings? {
    if value.isWord("off") || value.isWord("false") { return nil }
    var journal = JournalSettings()
    if value.isNull { return journal }
    guard let mapping = value.mapping(journalKeys, "off, or a mapping such as {entries: 1000, bytes: 16MiB}") else { return journal }
    if let count = mapping.integer("entries") { journal.entries = count }
    if let size = mapping.size("bytes") { journal.bytes = size }
    if let size = mapping.size("bodies") { journal.bodies = Int(size) }
    if let redact = mapping.take("redact")?.mapping(redactKeys) {
      if let names = redact.take("headers")?.fieldNames() { journal.redactHeaders = names.map { $0.lowercased() } }
      if let paths = redact.take("json") { journal.redactJSON = jsonPaths(paths) }
      redact.finish()
    }
    mapping.finish()
    return journal
  }

  private static func jsonPaths(_ value: SettingsDecoder) -> [JSONPath] {
    guard let items = value.list("a list of expressions such as $.password") else { return [] }
    return items.compactMap { item in
      guard let text = item.nonEmptyText("an expression such as $.password") else { return nil }
      do throws(JSONPathError) {
        return try JSONPath(text, engine: PatternEngine.jsonPath)
      } catch {
        item.error("not a JSONPath: \(error.message)", in: max(0, error.column - 1)..<error.column, of: text)
        return nil
      }
    }
  }
}

extension AdminSettings {
  /// Why the address cannot be listened on beside those for clients, or by anyone; nil where it can.
  package func refusal(beside listeners: [ListenSettings]) -> String? {
    if !listen.address.isLocal, token == nil {
      return "anyone who reaches \(listen.address) could see and reset everything; listen on 127.0.0.1 or unix:PATH, or set a token"
    }
    guard let other = conflict(with: listeners) else { return nil }
    let place = other.mark.map { " at \($0)" } ?? ""
    let takes = other.address == listen.address ? "is the address of clients" : "is taken by \(other.address) for clients"
    return "\(listen.address) \(takes)\(place); give the admin listener an address of its own"
  }
}
