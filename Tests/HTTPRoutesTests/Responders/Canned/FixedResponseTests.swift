import Testing

/// `text`, `json` and their like, whatever status they are given.
@Suite struct FixedResponseTests {
  @Test(arguments: [(204, nil), (205, "0"), (304, nil)])
  func `a status without content has none, though the route has some`(status: Int, length: String?) async throws {
    try await Site.with("routes: [{path: /, status: \(status), text: content}]") { site, _ in
      let reply = try await site.get("/")
      #expect(reply.status == status)
      #expect(reply["Content-Length"] == length)
      #expect(reply.body.isEmpty)
    }
  }
}
