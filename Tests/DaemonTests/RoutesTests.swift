import Foundation
import Testing

extension BlackBox {
  @Suite(.enabled(if: Requirement.curl, "needs curl")) struct RoutesTests {
    /// One route of each kind, as an operator would write them.
    static func site(port: Int) -> String {
      """
      listen: [127.0.0.1:\(port)]
      defaults:
        headers: {X-Environment: "${ENVIRONMENT:-staging}"}
      routes:
        - path: /healthz
          text: "ok\\n"
        - path: /assets/**
          static: public
        - path: /robots.txt
          file: public/robots.txt
        - path: /recorded/**
          proxy_to_file: recordings
        - id: get-user
          path: /api/users/{id}
          methods: [GET]
          headers: {Cache-Control: no-store}
          json: {id: "{{path.id}}", name: Ada, score: 1.0, big: 12345678901234567890}
        - path: /api/orders
          method: POST
          status: 201
          json_file: bodies/order.json
        - path: /old/**
          redirect: {to: "/new/{**}", status: 308}
      """
    }

    static func directory() throws -> TemporaryDirectory {
      let directory = try TemporaryDirectory()
      try directory.write("<h1>Hello</h1>\n", to: "public/index.html")
      try directory.write("body { margin: 0 }\n", to: "public/css/site.css")
      try directory.write("User-agent: *\n", to: "public/robots.txt")
      try directory.write("secret\n", to: "public/.env")
      try directory.write("{\"id\": 17, \"state\": \"accepted\"}\n", to: "bodies/order.json")
      try FileManager.default.createDirectory(atPath: directory.file("recordings"), withIntermediateDirectories: true)
      return directory
    }

    let port: Int
    let base: String
    let daemon: DaemonProcess

    init() throws {
      port = try freePort()
      daemon = try DaemonProcess(Self.site(port: port), in: Self.directory())
      base = "http://127.0.0.1:\(port)"
    }

    @Test func `text answers`() throws {
      let answer = try Curl.get("\(base)/healthz")
      #expect(answer.status == 200)
      #expect(answer.text == "ok\n")
      #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
      #expect(answer.headers["x-environment"] == "staging")
      #expect(answer.headers["date"] != nil)
    }

    @Test func `static files answer with validators, and again with 304`() throws {
      let answer = try Curl.get("\(base)/assets/css/site.css")
      #expect(answer.status == 200)
      #expect(answer.text == "body { margin: 0 }\n")
      #expect(answer.headers["content-type"]?.hasPrefix("text/css") == true)
      let tag = try #require(answer.headers["etag"])
      #expect(answer.headers["last-modified"] != nil)
      let again = try Curl.get("\(base)/assets/css/site.css", "-H", "If-None-Match: \(tag)")
      #expect(again.status == 304)
      #expect(again.body.isEmpty)
    }

    @Test func `a directory answers with its index`() throws {
      #expect(try Curl.get("\(base)/assets/").text == "<h1>Hello</h1>\n")
    }

    @Test func `a range of a file is served`() throws {
      let answer = try Curl.get("\(base)/assets/css/site.css", "-H", "Range: bytes=0-3")
      #expect(answer.status == 206)
      #expect(answer.text == "body")
      #expect(answer.headers["content-range"] == "bytes 0-3/19")
    }

    @Test(arguments: ["/assets/.env", "/assets/missing.css", "/assets/css/../../../../etc/passwd", "/nowhere"])
    func `what is not there, hidden or outside is not found`(_ path: String) throws {
      #expect([400, 404].contains(try Curl.get("\(base)\(path)").status))
    }

    @Test func `a file answers`() throws {
      #expect(try Curl.get("\(base)/robots.txt").text == "User-agent: *\n")
    }

    @Test func `canned JSON keeps key order and the spelling of numbers`() throws {
      let answer = try Curl.get("\(base)/api/users/42")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.headers["cache-control"] == "no-store")
      let body = answer.text.filter { !$0.isWhitespace }
      #expect(body == #"{"id":"42","name":"Ada","score":1.0,"big":12345678901234567890}"#)
    }

    @Test func `a JSON file answers the method it is for`() throws {
      let answer = try Curl.get("\(base)/api/orders", "-d", "{}")
      #expect(answer.status == 201)
      #expect(answer.text == "{\"id\": 17, \"state\": \"accepted\"}\n")
    }

    @Test func `another method is refused with Allow`() throws {
      let answer = try Curl.get("\(base)/api/orders")
      #expect(answer.status == 405)
      #expect(answer.headers["allow"]?.contains("POST") == true)
    }

    @Test func `HEAD answers like GET without a body`() throws {
      let get = try Curl.get("\(base)/api/users/42")
      // By hand: curl --head writes the head where the body belongs.
      let client = try RawClient(port: port)
      try client.send("HEAD /api/users/42 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      let head = try client.receive()
      #expect(head.hasPrefix("HTTP/1.1 200 "))
      #expect(head.lowercased().contains("\r\ncontent-length: \(get.body.count)\r\n"))
      #expect(head.hasSuffix("\r\n\r\n"))
    }

    @Test func `a redirect carries the rest of the path`() throws {
      let answer = try Curl.get("\(base)/old/a/b")
      #expect(answer.status == 308)
      #expect(answer.headers["location"]?.hasSuffix("/new/a/b") == true)
    }

    @Test func `a recording that was never made is not found`() throws {
      #expect([404, 502].contains(try Curl.get("\(base)/recorded/x").status))
    }

    @Test func `an edited file shows on the next request`() throws {
      #expect(try Curl.get("\(base)/assets/css/site.css").text == "body { margin: 0 }\n")
      try daemon.directory.write("body { margin: 1px }\n", to: "public/css/site.css")
      #expect(try Curl.get("\(base)/assets/css/site.css").text == "body { margin: 1px }\n")
    }
  }
}
