// What one handler leaves behind for the next, whose task and exchange may be the same: nothing.

import AsyncHTTPServer
import Synchronization
import Testing

@Suite struct HandlerTaskTests {
  @TaskLocal private static var name = "nobody"

  private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

  @Test func `task-local values of a handler are not those of the requests behind it`() async throws {
    try await withServer { request in
      let path = request.target.rawPath
      let seen = Self.name
      try await Self.$name.withValue(path) { try await request.respond(.ok, "\(path) sees \(seen)\n") }
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      // The second begins while the first answers; the third when both have ended.
      try await wire.send(Self.get("/1") + Self.get("/2"))
      let first = try await wire.receive(through: "/2 sees nobody\n")
      #expect(first.contains("/1 sees nobody\n"))
      try await wire.send(Self.get("/3"))
      #expect(try await wire.receive(through: "\n").hasSuffix("/3 sees nobody\n"))
    }
  }

  @Test func `a handler that cancels its own task cancels no other`() async throws {
    try await withServer { request in
      let wasCancelled = Task.isCancelled
      withUnsafeCurrentTask { $0?.cancel() }
      try await request.respond(.ok, "\(wasCancelled)\n")
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      for _ in 0..<3 {
        try await wire.send(Self.get("/"))
        #expect(try await wire.receive(through: "e\n").hasSuffix("\r\n\r\nfalse\n"))
      }
    }
  }

  @Test func `a request that outlives its handler goes on to say what it said`() async throws {
    let kept = Mutex<[Request]>([])
    try await withServer { request in
      if request.target.rawPath != "/forgotten" { kept.withLock { $0.append(request) } }
      try await request.respond(.ok, "done\n")
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      for path in ["/forgotten", "/a", "/forgotten", "/b", "/forgotten"] {
        try await wire.send("POST \(path) HTTP/1.1\r\nHost: a\r\nX-Path: \(path)\r\nContent-Length: 2\r\n\r\nhi")
        _ = try await wire.receive(through: "done\n")
      }
      let requests = kept.withLock { $0 }
      #expect(requests.map(\.target.rawPath) == ["/a", "/b"])
      #expect(requests.map { $0.headers[.init("X-Path")!] } == ["/a", "/b"])
      for request in requests {
        await #expect(throws: ServerError.alreadyAnswered) { try await request.respond(.ok, "twice") }
      }
    }
  }

  @Test func `nothing of a request is left for the next`() async throws {
    try await withServer { request in
      if request.target.rawPath == "/first" {
        _ = request.headers
        return try await request.respond(.notFound, .stream(length: 3) { try await $0.write("abc") })
      }
      var body = 0
      for try await chunk in request.body { body += chunk.count }
      try await request.respond(.ok, "\(request.method) \(request.headers.count) fields, \(body) bytes\n")
    } _: { _, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      for _ in 0..<2 {
        try await wire.send("POST /first HTTP/1.1\r\nHost: a\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        #expect(try await wire.receive(through: "abc").hasPrefix("HTTP/1.1 404 "))
        try await wire.send(Self.get("/second"))
        #expect(try await wire.receive(through: "bytes\n").hasSuffix("GET 1 fields, 0 bytes\n"))
        try await wire.send("PUT /third HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        #expect(try await wire.receive(through: "bytes\n").hasSuffix("PUT 2 fields, 4 bytes\n"))
      }
    }
  }
}
