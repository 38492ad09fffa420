import AsyncHTTPServer
import Testing

/// What a handler reads from a request, decoded.
@Suite struct RequestValuesTests {
  /// The body of the answer by `handler` to one request.
  private func body(
    _ request: String, _ handler: @escaping @Sendable (Request) async throws -> String
  ) async throws -> String {
    try await withServer { request in
      try await request.respond(.ok, try await handler(request))
    } _: { _, address in
      let text = try await roundTrip(address, request)
      return text.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first.map { String($0) } ?? ""
    }
  }

  private func get(_ target: String, _ fields: String...) -> String {
    (["GET \(target) HTTP/1.1", "Host: a", "Connection: close"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
  }

  private func post(_ content: String, type: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: \(type)\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)"
  }

  @Test(arguments: [
    ("/a%20b/../c%C3%A9", "/cé"), ("/a%2Fb", "/a%2Fb"), ("/%zz", ""), ("/../..", ""), ("http://a", "/"), ("/x?y=/z", "/x"),
  ])
  func `the path is decoded, and empty where it cannot be`(target: String, path: String) async throws {
    #expect(try await body(get(target)) { "<\($0.path)>" } == "<\(path)>")
  }

  @Test func `query items come in order, decoded as forms are`() async throws {
    let text = try await body(get("/?b=2&a=1+%2B&b=&c&%FF=x&&d=%4")) { request in
      request.queryItems.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
    }
    #expect(text == "b=2|a=1 +|b=|c=|\u{FFFD}=x|d=%4")
  }

  @Test func `a query item is found by its name, the first or all`() async throws {
    let text = try await body(get("/?tag=x&tag=y&n=3")) { request in
      let items = request.queryItems
      return "\(items["tag"] ?? "-") \(items.values(of: "tag")) \(items["none"] ?? "-") \(try items.require("n", as: Int.self) + 1)"
    }
    #expect(text == #"x ["x", "y"] - 4"#)
  }

  @Test(arguments: [("/", "n is missing"), ("/?n=three", #"n must be Int, not "three""#)])
  func `an item that is required and is not there is a bad request`(target: String, reason: String) async throws {
    let text = try await body(get(target)) { "\(try $0.queryItems.require("n", as: Int.self))" }
    #expect(text == "400 Bad Request: \(reason)\n")
  }

  @Test func `cookies come in order, without the quotes around a value`() async throws {
    let request = get("/", "Cookie: a=1; b=\"q; r\" ;c=x=y", "Cookie: a=2;;lone; =v; d=\"x y\"")
    let text = try await body(request) { $0.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "|") }
    #expect(text == #"a=1|b="q|=r"|c=x=y|a=2|=lone|=v|d=x y"#)
  }

  @Test func `a form is read`() async throws {
    let text = try await body(post("name=Ada+L.&tag=1&tag=2", type: "Application/x-www-form-urlencoded; charset=UTF-8")) { request in
      let form = try await request.body.form()
      return "\(form["name"] ?? "-") \(form.values(of: "tag"))"
    }
    #expect(text == #"Ada L. ["1", "2"]"#)
  }

  @Test func `another type is no form`() async throws {
    let text = try await body(post("{}", type: "application/json")) { "\(try await $0.body.form().count)" }
    #expect(text.hasPrefix("415 Unsupported Media Type: "))
  }

  @Test func `a body is read as text, within the limit`() async throws {
    #expect(try await body(post("grüß", type: "text/plain")) { try await $0.body.text() } == "grüß")
    let tooLong = try await body(post("12345", type: "text/plain")) { try await $0.body.text(upTo: 4) }
    #expect(tooLong.hasPrefix("413 "))
  }
}
