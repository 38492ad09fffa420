// One endpoint of the admin listener as a value: how it is reached, what it takes and answers, and who answers. Routing,
// 404, 405 and the OpenAPI document are made from the table of these.

package import AsyncHTTPServer

/// One method of one path.
package struct AdminEndpoint: Sendable {
  package typealias Action = @Sendable (AdminRequest, AdminContext) async throws -> Response

  /// GET, which is HEAD as well, POST or DELETE.
  package let method: String
  /// Such as `/routes/{id}`: a parameter is a whole segment, and one at the end takes all that is left of a path.
  package let path: String
  /// One sentence for the document.
  package let summary: String
  package let parameters: [AdminParameter]
  /// What a body of JSON looks like; nil: none is read.
  package let body: AdminShape?
  /// The answers that are its own; those of the listener come on top.
  package let answers: [AdminAnswer]
  package let action: Action

  package init(
    _ method: String, _ path: String, _ summary: String, parameters: [AdminParameter] = [], body: AdminShape? = nil,
    answers: [AdminAnswer], action: @escaping Action
  ) {
    self.method = method
    self.path = path
    self.summary = summary
    self.parameters = parameters
    self.body = body
    self.answers = answers
    self.action = action
  }

  /// Whether it changes something, and so needs the header that a form cannot send.
  package var isWrite: Bool { method != "GET" }
}

/// A query parameter.
package struct AdminParameter: Sendable {
  package let name: String
  package let shape: AdminShape
  package let summary: String

  package init(_ name: String, _ shape: AdminShape, _ summary: String) {
    self.name = name
    self.shape = shape
    self.summary = summary
  }
}

/// One answer that an endpoint may give.
package struct AdminAnswer: Sendable {
  package let status: Int
  package let mediaType: String
  /// Nil where the media type says it all.
  package let shape: AdminShape?
  package let summary: String

  package init(_ status: Int, _ mediaType: String, _ shape: AdminShape?, _ summary: String) {
    self.status = status
    self.mediaType = mediaType
    self.shape = shape
    self.summary = summary
  }

  /// 200 with JSON.
  package static func json(_ shape: AdminShape, _ summary: String, status: Int = 200) -> AdminAnswer {
    AdminAnswer(status, "application/json", shape, summary)
  }

  /// A problem (RFC 9457).
  package static func problem(_ status: Int, _ summary: String) -> AdminAnswer {
    AdminAnswer(status, "application/problem+json", .named("Problem"), summary)
  }
}
