// The events of a stream without a socket: what they are on the wire, and where a stream goes on.

import HTTPCore
import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct EventScriptTests {
  /// What a script of these events has, from the event on behind `lastID`; the first `limit` of it.
  private static func octets(_ yaml: String, lastID: String? = nil, limit: Int = 100) throws -> [String] {
    let text = "routes: [{path: /, events: \(yaml)}]"
    let settings = try #require(SettingsLoader.load(text: text, fileName: "routes.yaml", environment: [:]).settings)
    let options = try #require(settings.routes[0].answer.responder as? EventsOptions)
    var parser = HeadParser()
    let bytes = Array("GET /?q=1 HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    try #require(try parser.parse(bytes.span))
    let table = RouteTable(settings: settings)
    let path = Array("/".utf8)
    let index = RouteIndex([(pattern: settings.routes[0].pattern, methods: MethodSet.any)])
    guard case .matched(let match) = index.match(path: path.span, method: RequestMethod(name: "GET")) else { return [] }
    let request = RequestValues(
      head: parser.head, path: path.span, bytes: bytes.span, match: match,
      origin: .explanation(client: try #require(SocketAddress("127.0.0.1", port: 1)), now: 0), body: .none, hasEncodedSlash: false)
    var run = TemplateRun(table.templates, route: "test", pattern: settings.routes[0].pattern)
    var script = EventScript(options.events)
    if let lastID { try script.resume(behind: lastID, for: request, &run) }
    var events: [String] = []
    while events.count < limit, let (event, index) = script.next() {
      events.append(String(decoding: try ServerSentEvent.octets(of: event, index, for: request, &run), as: UTF8.self))
    }
    return events
  }

  @Test(arguments: [
    ("\"a\\nb\"", "data: a\ndata: b\n\n"), ("\"a\\rb\\r\\nc\\n\"", "data: a\ndata: b\ndata: c\ndata: \n\n"), ("\"\"", "data: \n\n"),
    ("{a: \"1\\n2\"}", "data: {\"a\":\"1\\n2\"}\n\n"), ("7", "data: 7\n\n"), ("~", "data: null\n\n"), ("\"{{query.q}}!\"", "data: 1!\n\n"),
  ])
  func `each line of a text is a line of data`(data: String, expected: String) throws {
    #expect(try Self.octets("[{data: \(data)}]") == [expected])
  }

  @Test func `what would end the line of an id or of a type is a space`() throws {
    #expect(try Self.octets("[{data: a, id: \"1\\n2\", event: \"b\\rc\"}]") == ["event: b c\nid: 1 2\ndata: a\n\n"])
    #expect(try Self.octets("[{data: a, id: \"1\\n2\"}, {data: b}]", lastID: "1 2") == ["data: b\n\n"])
  }

  @Test func `an event without an end goes on behind any number`() throws {
    let events = try Self.octets("[{data: a, id: \"{{index}}\", after: 1s, times: forever}]", lastID: "1000000000", limit: 1)
    #expect(events == ["id: 1000000001\ndata: a\n\n"])
  }

  @Test(arguments: ["9223372036854775807", "99999999999999999999", "01", "-1", "", "1 ", "a"])
  func `an id that no event has begins the stream anew`(lastID: String) throws {
    let events = try Self.octets("[{data: a, id: \"{{index}}\", after: 1s, times: forever}]", lastID: lastID, limit: 1)
    #expect(events == ["id: 0\ndata: a\n\n"])
  }

  @Test func `an id that is calculated is looked for`() throws {
    let yaml = "[{data: a, id: \"{{index | plus(1)}}\", times: 3}]"
    #expect(try Self.octets(yaml, lastID: "2") == ["id: 3\ndata: a\n\n"])
    #expect(try Self.octets(yaml, lastID: "4").count == 3)
  }

  @Test func `an id of what the request says is found`() throws {
    let events = try Self.octets("[{data: a, id: \"{{query.q}}-{{index}}-x\", times: 2}, {data: b}]", lastID: "1-0-x")
    #expect(events == ["id: 1-1-x\ndata: a\n\n", "data: b\n\n"])
  }
}
