// `callbacks`: which servers callbacks may go to, and their bounds.

import AsyncHTTPServer
import YAMLDocument

enum CallbackPolicyDecoder {
  static let key = Key("callbacks", .mapping(keys).orNull, "Where the callbacks of routes may go, and their bounds; nowhere without it.")

  private static let keys = KeyTable(
    "callbacks",
    [
      Key(
        "allow", .list(of: .text),
        "Addresses and networks, names such as hooks.example.com, and *.staging.example.com for the names below one."),
      Key("timeout", .duration(atMost: .seconds(600)), default: "10s", "For one attempt, the answer included."),
      Key(
        "retry_pause", .duration(atMost: .seconds(60)), default: "1s",
        "Before the first further attempt; doubles with each, up to a minute."),
      Key("max_waiting", .integer(1...100_000), default: "1000", "Callbacks that wait or are under way; one more is dropped."),
    ])

  static func decode(_ value: SettingsDecoder, into policy: inout CallbackPolicy) {
    if value.isNull { return }
    guard let mapping = value.mapping(keys, "a mapping such as {allow: [127.0.0.1]}") else { return }
    if let allow = mapping.take("allow") {
      for item in allow.list("a list of addresses and names") ?? [] { self.allow(item, &policy) }
    }
    if let timeout = mapping.duration("timeout") { policy.timeout = timeout }
    if let pause = mapping.duration("retry_pause") { policy.retryPause = pause }
    if let count = mapping.integer("max_waiting") { policy.maxWaiting = count }
    mapping.finish()
  }

  private static func allow(_ value: SettingsDecoder, _ policy: inout CallbackPolicy) {
    let expected = "an address, a network such as 10.0.0.0/8, or a name such as *.staging.example.com"
    guard let text = value.nonEmptyText(expected) else { return }
    if policy.networks.trust(text) { return }
    let isWild = text.hasPrefix("*.")
    let name = isWild ? String(text.dropFirst(2)) : text
    let isName =
      CallbackURL.host(of: "http://\(name)/") == name.lowercased()
      && name.utf8.contains { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
    guard isName, !isWild || name.contains(".") else {
      value.error("expected \(expected), found \"\(text.excerpt)\"" + hint(text))
      return
    }
    if isWild { policy.domains.insert(name.lowercased()) } else { policy.hosts.insert(name.lowercased()) }
  }

  private static func hint(_ text: String) -> String {
    if let host = CallbackURL.host(of: text) { return "; leave out the scheme: \(host.contains(":") ? "\"\(host)\"" : host)" }
    if text == "*" { return "; every server cannot be allowed, list those that are meant" }
    if text.contains(":"), let host = CallbackURL.host(of: "http://\(text)/") { return "; a port is not part of it: \(host)" }
    return ""
  }
}
