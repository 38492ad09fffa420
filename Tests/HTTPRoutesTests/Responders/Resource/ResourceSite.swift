// Requests with a body to a site.

extension Site {
  /// One request with a body on a connection of its own.
  func request(_ method: String, _ target: String, _ body: String, _ fields: String...) async throws -> Reply {
    try await ask("\(method) \(target)", fields, body: body)
  }
}
