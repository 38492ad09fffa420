import AsyncHTTPServer
import AsyncHTTPServerJSON
import Foundation
import Testing

/// JSON in and out, over a socket.
@Suite struct JSONTests {
  struct Order: Codable {
    struct Item: Codable {
      let name: String
      let count: Int
    }
    let items: [Item]
  }

  private func ask(_ content: String) async throws -> String {
    try await withServer { request in
      let order = try await request.body.decode(Order.self)
      try await request.respond(.json(order.items[0], status: .created))
    } _: { _, address in
      try await roundTrip(
        address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(content.utf8.count)\r\n\r\n\(content)")
    }
  }

  @Test func `a value is decoded, and another encoded`() async throws {
    let text = try await ask(#"{"items": [{"name": "tea", "count": 2}]}"#)
    #expect(text.hasPrefix("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"))
    let body = try #require(text.components(separatedBy: "\r\n\r\n").last)
    let item = try JSONDecoder().decode(Order.Item.self, from: Data(body.utf8))
    #expect(item.name == "tea" && item.count == 2)
  }

  @Test(arguments: [
    (#"{"items": [{"name": "tea", "count": 2}, {"name": "milk"}]}"#, "items[1].count: is missing"),
    (#"{"items": [{"name": "tea", "count": "two"}]}"#, "items[0].count: "),
    (#"{"items": null}"#, "items: "),
    ("[]", "the body: "),
    (#"{"items": "#, "the body: "),
    ("", "the body: "),
  ])
  func `what does not fit is a bad request that says where`(content: String, reason: String) async throws {
    let text = try await ask(content)
    #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    #expect(text.contains("\r\n\r\n400 Bad Request: " + reason), "\(text)")
  }
}
