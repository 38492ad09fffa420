// A callback as the configuration has it: a request that is sent once an answer has been.

/// One entry of `after`.
package struct CallbackSettings: Equatable, Sendable {
  package var method = "POST"
  package var url: CallbackURL
  /// Without Content-Type.
  package var headers: [HeaderLine] = []
  /// Nil for a request without content.
  package var body: BodyTemplate?
  /// That of the body.
  package var contentType: String?
  /// From the answer to the first attempt.
  package var delay: AnswerDelay?
  /// Further attempts, after a failure or an answer that asks for one.
  package var retries = 0

  package static let maxRetries = 10
  /// Octets of a body.
  package static let maxBodySize = 1 << 20

  package init(url: CallbackURL) { self.url = url }

  /// Whether any of it depends on the body of the request.
  var needsBody: Bool {
    let templates = headers.compactMap(\.template)
    if case .template(let delay)? = delay, delay.needsBody { return true }
    return url.needsBody || body?.needsBody == true || templates.contains { $0.needsBody }
  }
}
