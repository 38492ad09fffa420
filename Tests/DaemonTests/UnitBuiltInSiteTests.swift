import HTTPRoutes
import Testing

@testable import asynchttpd

@Suite struct BuiltInSiteTests {
  @Test func `the built-in site is a configuration without a fault`() throws {
    let result = SettingsLoader.load(text: BuiltInSite.configuration, fileName: BuiltInSite.name, environment: [:])
    #expect(result.diagnostics == [])
    let settings = try #require(result.settings)
    #expect(settings.listen.map(\.address) == [.tcp(host: "127.0.0.1", port: 8080)])
    #expect(settings.routes.map(\.id) == ["GET /", "/healthz", "/hello/{name}"])
  }

  @Test func `the table has a column for everything`() throws {
    let result = SettingsLoader.load(
      text: "routes:\n  - {id: a, path: /a, method: GET, json: {}}\n  - {path: /b/**, text: b}\n", fileName: "a.yaml", environment: [:])
    var table = PaintedText(isPainted: false)
    RoutesCommand.append(try #require(result.settings).routes, to: &table)
    #expect(
      table.text == """
        #  ID     METHODS  PATH   KIND  AT
        1  a      GET      /a     json  a.yaml:2:19
        2  /b/**  any      /b/**  text  a.yaml:3:12

        """)
  }
}
