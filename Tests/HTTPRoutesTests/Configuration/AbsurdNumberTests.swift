import HTTPRoutes
import Testing

/// Every key that a number is read from, with every value that no key of its kind takes.
@Suite struct AbsurdNumberTests {
  private static let route = "routes: [{path: /, text: x}]"

  private static func keys(_ names: [String], in section: String) -> [(before: String, after: String)] {
    names.map { (before: "\(section): {\($0): ", after: "}\n\(route)\n") }
  }

  private static func ofRoute(_ before: String, _ after: String = "}]\n") -> (before: String, after: String) {
    (before: "routes: [{path: /a/**, \(before)", after: after)
  }

  static let integers =
    keys(["connections", "descriptors", "descriptors_per_request"], in: "limits")
    + [
      (before: "workers: ", after: "\n\(route)\n"), ofRoute("text: x, status: "),
      ofRoute("proxy_to_file: {store: s, upstream: \"http://a\", on_miss: {status: ", "}}}]\n"),
      ofRoute("redirect: {to: /b, status: ", "}}]\n"),
    ]
  static let sizes =
    keys(["body", "head"], in: "limits")
    + ["max_size", "max_body"].map { ofRoute("proxy_to_file: {store: s, upstream: \"http://a\", \($0): ", "}}]\n") }
  static let durations =
    keys(["head", "body", "keep_alive", "write", "drain"], in: "timeouts")
    + [ofRoute("text: x, delay: "), ofRoute("text: x, cors: {origins: \"*\", max_age: ", "}}]\n")]
    + ["timeout", "refresh_after"].map { ofRoute("proxy_to_file: {store: s, upstream: \"http://a\", mode: refresh, \($0): ", "}}]\n") }

  static let absurd = [
    "-1", "-9223372036854775808", "99999999999999999999999999", "1.5", "1e9", "0x10", "0o17", ".inf", ".nan", "1_000", "\"\"", "\"1 \"",
    "\" 1\"", "[1]", "{a: 1}", "true", "\"1\\0\"", "٣", "1️⃣", "--5", "5-", "1;2",
  ]

  /// The one error there is, and whether it stands at the value.
  private func check(_ key: (before: String, after: String), _ value: String) {
    let result = SettingsLoader.load(text: key.before + value + key.after, fileName: "a.yaml", environment: [:])
    let errors = result.diagnostics.filter { $0.severity == .error }
    #expect(errors.count == 1, "\(key.before)\(value): \(errors.map(\.message))")
    #expect(errors.first?.line == 1)
    #expect(errors.first?.column == key.before.unicodeScalars.count + 1, "\(key.before)\(value): \(errors.map(\.message))")
  }

  @Test(arguments: absurd)
  func `a number is refused at its place`(value: String) {
    for key in Self.integers { check(key, value) }
  }

  @Test(arguments: absurd + ["8MB", "8 MiB", "8mib", "-1MiB", "1.5GiB", "99999999999GiB", "9223372036854775807GiB", "8s"])
  func `a size is refused at its place`(value: String) {
    for key in Self.sizes { check(key, value) }
  }

  @Test(arguments: absurd + ["10 s", "10", "1h30m", "-1s", "3651d", "99999999999999999999d", "10S", "10MiB", "s", ".5s", "1..5s"])
  func `a duration is refused at its place`(value: String) {
    // A delay may be a mapping, whose keys are looked at then.
    for key in Self.durations where value != "{a: 1}" || !key.before.hasSuffix("delay: ") { check(key, value) }
  }

  @Test(arguments: ["-1", "65536", "99999999999999999999", "80.0", "0x50", "", " 80", "80 ", "٨٠", "+80", "8️⃣"])
  func `a port is refused at its place`(port: String) {
    check((before: "listen: ", after: "\n\(Self.route)\n"), "\"127.0.0.1:\(port)\"")
  }
}
