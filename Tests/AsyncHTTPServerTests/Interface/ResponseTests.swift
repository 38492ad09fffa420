import AsyncHTTPServer
import Foundation
import Testing

/// Answers that handlers return.
@Suite struct ResponseTests {
  /// A server whose handler returns its answer, for the length of `body`.
  private func withAnswer<R: Sendable>(
    _ answer: @escaping @Sendable (Request) async throws -> Response, _ body: @escaping @Sendable (SocketAddress) async throws -> R
  ) async throws -> R {
    try await withServer { request in
      try await request.respond(try await answer(request))
    } _: { _, address in
      try await body(address)
    }
  }

  private static func get(_ address: SocketAddress, _ fields: String..., method: String = "GET") async throws -> String {
    let lines = ["\(method) / HTTP/1.1", "Host: a", "Connection: close"] + fields
    return try await roundTrip(address, lines.joined(separator: "\r\n") + "\r\n\r\n").withoutDate
  }

  @Test func `a handler may return its answer`() async throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    let address = try server.listen(port: 0)
    async let serving: Void = server.serve { request in
      if request.path == "/throws" { throw HTTPError(.notFound) }
      return .text("at \(request.path)", headers: [.cacheControl: "no-store"])
    }
    let text = try await Self.get(address)
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\n"))
    #expect(text.hasSuffix("\r\n\r\nat /"))
    await server.shutdown(gracePeriod: .seconds(1))
    try await serving
  }

  @Test func `text says its type unless the handler does`() async throws {
    try await withServer { request in
      switch request.path {
      case "/own": try await request.respond(.ok, "<p>", headers: [.contentType: "text/html"])
      case "/empty": try await request.respond(.ok)
      case "/none": try await request.respond(.noContent, "unseen")
      case "/bytes": try await request.respond(.ok, [0x61])
      default: try await request.respond(.ok, "plain")
      }
    } _: { _, address in
      func head(_ path: String, _ method: String = "GET") async throws -> String {
        try await roundTrip(address, "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      }
      #expect(try await head("/").contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
      #expect(try await head("/", "HEAD").contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
      let own = try await head("/own")
      #expect(own.contains("\r\nContent-Type: text/html\r\n") && !own.contains("text/plain"))
      for path in ["/empty", "/none", "/bytes"] { #expect(try await !head(path).contains("Content-Type")) }
    }
  }

  @Test func `a redirect says where to`() async throws {
    try await withAnswer { _ in
      .redirect(to: "/login?next=%2F")
    } _: { address in
      let text = try await Self.get(address)
      #expect(text.hasPrefix("HTTP/1.1 303 See Other\r\nLocation: /login?next=%2F\r\n"))
    }
  }

  /// A file with a known time, long settled, and its path.
  private func withFile<R>(_ content: String, _ body: (String) async throws -> R) async throws -> R {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".txt"
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
    return try await body(path)
  }

  @Test func `a file has a type and validators, and is not sent again`() async throws {
    try await withFile("0123456789") { path in
      try await withAnswer { _ in
        .file(path)
      } _: { address in
        let whole = try await Self.get(address)
        #expect(whole.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"))
        #expect(whole.contains("\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n") && whole.contains("\r\nAccept-Ranges: bytes\r\n"))
        #expect(whole.hasSuffix("\r\n\r\n0123456789"))
        let tag = try #require(whole.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
        // Weak for two seconds after the file was changed, and strong from then on.
        let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
        for condition in ["If-None-Match: \(tag)", "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT"] {
          let text = try await Self.get(address, condition)
          #expect(text.hasPrefix("HTTP/1.1 304 Not Modified\r\n") && text.contains("\(opaque)\r\n") && text.hasSuffix("\r\n\r\n"))
          #expect(!text.contains("Content-Type"))
        }
        #expect(try await Self.get(address, "If-Match: \"other\"").hasPrefix("HTTP/1.1 412 "))
      }
    }
  }

  @Test(arguments: [
    ("bytes=2-4", 206, "bytes 2-4/10", "234"), ("bytes=-3", 206, "bytes 7-9/10", "789"), ("bytes=20-", 416, "bytes */10", ""),
    ("bytes=0-1,4-5", 200, "", "0123456789"), ("lines=1", 200, "", "0123456789"),
  ])
  func `a range of a file`(range: String, status: Int, contentRange: String, content: String) async throws {
    try await withFile("0123456789") { path in
      try await withAnswer { _ in
        .file(path)
      } _: { address in
        let text = try await Self.get(address, "Range: \(range)")
        #expect(text.hasPrefix("HTTP/1.1 \(status) ") && text.hasSuffix("\r\n\r\n\(content)"))
        #expect(contentRange.isEmpty || text.contains("\r\nContent-Range: \(contentRange)\r\n"))
        let ofAnother = try await Self.get(address, "Range: \(range)", "If-Range: \"another\"")
        #expect(ofAnother.hasPrefix("HTTP/1.1 200 ") && ofAnother.hasSuffix("\r\n\r\n0123456789"))
      }
    }
  }

  @Test(arguments: ["/nowhere/at/all", "/tmp"])
  func `a file that is none is not found`(path: String) async throws {
    try await withAnswer { _ in
      .file(path)
    } _: { address in
      let text = try await Self.get(address)
      #expect(text.hasSuffix("\r\n\r\n404 Not Found: there is no such file\n"))
    }
  }
}
