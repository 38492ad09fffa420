// `admin`: where it listens, who may ask, and what the journal keeps.

import JSONText
import Testing
import YAMLDocument

@testable import HTTPRoutes

@Suite struct AdminDecoderTests {
  private func load(_ text: String) -> (settings: Settings?, problems: [String]) {
    let environment = ["ADMIN_TOKEN": "0123456789abcdef", "SHORT": "secret"]
    let result = SettingsLoader.load(text: text + "\nroutes: []\n", fileName: "t.yaml", environment: environment)
    return (result.settings, result.diagnostics.filter { $0.severity == .error }.map { "\($0.line):\($0.column) \($0.message)" })
  }

  @Test(arguments: ["admin: off", "admin: ~", "admin: false", ""])
  func `it is off unless it is named`(text: String) throws {
    #expect(try #require(load(text).settings).admin == nil)
  }

  @Test func `an address alone is a listener with the usual journal`() throws {
    let admin = try #require(load("admin: localhost:8081").settings?.admin)
    #expect(admin.listen.address == .tcp(host: "127.0.0.1", port: 8081))
    #expect(admin.listen.mark?.description == "t.yaml:1:8")
    #expect(admin.token == nil && admin.journal == JournalSettings())
    #expect(try #require(load("admin: unix:/run/a.sock").settings?.admin).listen.address == .unix(path: "/run/a.sock"))
  }

  @Test func `a mapping has all of it`() throws {
    let text = """
      admin:
        listen: "*:8081"
        token: ${ADMIN_TOKEN}
        journal: {entries: 5, bytes: 1MiB, bodies: 0, redact: {headers: [X-Secret], json: ["$.password", "$..token"]}}
      """
    let admin = try #require(load(text).settings?.admin)
    #expect(admin.token == "0123456789abcdef")
    let journal = try #require(admin.journal)
    #expect(journal.entries == 5 && journal.bytes == 1 << 20 && journal.bodies == 0)
    #expect(journal.redactHeaders == ["x-secret"] && journal.redactJSON.map(\.text) == ["$.password", "$..token"])
    #expect(try #require(load("admin: {listen: 127.0.0.1:1, journal: off}").settings?.admin).journal == nil)
  }

  @Test func `the defaults of the journal's keys are those of a journal that is not described`() throws {
    func defaults(_ name: String, _ others: String = "") throws -> String {
      let table = try #require(KeyTable.configuration.withNested.first { $0.name == name })
      return "{" + table.keys.compactMap { key in key.defaultValue.map { "\(key.name): \($0), " } }.joined() + others + "}"
    }
    let journal = try defaults("journal", "redact: \(defaults("journal_redact"))")
    #expect(try #require(load("admin: {listen: 127.0.0.1:1, journal: \(journal)}").settings?.admin).journal == JournalSettings())
  }

  @Test(
    arguments: [
      (
        "admin: \"*:8081\"",
        "1:8 anyone who reaches *:8081 could see and reset everything; listen on 127.0.0.1 or unix:PATH, or set a token"
      ),
      (
        "admin: {listen: 192.0.2.1:8081}",
        "1:17 anyone who reaches 192.0.2.1:8081 could see and reset everything; listen on 127.0.0.1 or unix:PATH, or set a token"
      ),
      ("admin: systemd:admin", "1:8 the admin listener opens its own socket: write unix:PATH, or 127.0.0.1:8081"),
      (
        "admin: 127.0.0.1:8080",
        "1:8 127.0.0.1:8080 is the address of clients; give the admin listener an address of its own"
      ),
      (
        "listen: [\"*:8081\"]\nadmin: 127.0.0.1:8081",
        "2:8 127.0.0.1:8081 is taken by *:8081 for clients at t.yaml:1:10; give the admin listener an address of its own"
      ),
      (
        "listen: [unix:/run/a.sock]\nadmin: {listen: unix:/run/a.sock}",
        "2:17 unix:/run/a.sock is the address of clients at t.yaml:1:10; give the admin listener an address of its own"
      ),
      ("admin: {journal: off}", "1:8 admin needs \"listen\""),
      (
        "admin: {listen: \"*:8081\", token: \"${SHORT}\"}",
        "1:34 a token has 16 to 256 letters, digits and characters of -._~+/=, such as those of: openssl rand -hex 32"
      ),
      (
        "admin: {listen: 127.0.0.1:1, journal: {redact: {json: [\"$.a[\"]}}}",
        "1:61 not a JSONPath: expected a name in quotes, an index, a slice, \"*\" or \"?\", found the end"
      ),
      ("admin: {listen: 127.0.0.1:1, journal: {entries: 0}}", "1:49 expected a number from 1 to 1000000, found 0"),
      ("admin: 8081", "1:8 a port needs an address: 127.0.0.1:8081 for this machine alone, \"*:8081\" for every interface"),
    ])
  func `what is wrong is an error with the way out`(text: String, problem: String) { #expect(load(text).problems == [problem]) }

  @Test func `another port, or port 0, is no conflict`() {
    #expect(load("listen: [\"*:8080\", 127.0.0.1:0]\nadmin: 127.0.0.1:8081").problems == [])
    #expect(load("listen: [127.0.0.1:0]\nadmin: 127.0.0.1:0").problems == [])
    #expect(load("listen: [192.0.2.1:8081]\nadmin: 127.0.0.1:8081").problems == [])
  }

  @Test(
    arguments: [
      ("admin: off", "admin: 127.0.0.1:8081", "admin.listen off → 127.0.0.1:8081"),
      ("admin: 127.0.0.1:8081", "admin: off", "admin.listen 127.0.0.1:8081 → off"),
      ("admin: 127.0.0.1:8081", "\n\nadmin: {listen: 127.0.0.1:8081, journal: ~}", "no change"),
      (
        "admin: 127.0.0.1:8081", "admin: {listen: 127.0.0.1:8081, journal: {entries: 5}, token: \"${ADMIN_TOKEN}\"}",
        "admin.token, admin.journal"
      ),
    ])
  func `a reload tells what is different`(old: String, new: String, summary: String) throws {
    let difference = SettingsDifference(from: try #require(load(old).settings), to: try #require(load(new).settings))
    #expect(difference.summary == summary)
  }

  @Test(arguments: [(20, 2), (64, 8), (127, 15), (128, 16), (1_024, 16), (0, 0)])
  func `the reserve is an eighth, and 16 at most`(limit: Int, reserved: Int) {
    #expect(AdminSettings.reservedDescriptors(of: limit) == reserved)
  }
}
