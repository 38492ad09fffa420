/// `text` and `file`: one answer for every path of the route.
package struct FixedResponseOptions: ResponderOptions {
  package enum Body: Equatable, Sendable {
    case text(BodyTemplate)
    /// A file, read when it is asked for, so that an edit shows on the next request.
    case file(String)
  }

  package static let kind = "text"

  package var status = AnswerStatus.literal(200)
  /// Nil for a file whose name tells its type.
  package var contentType: String?
  package var body: Body

  package init(body: Body) {
    self.body = body
    if case .text = body { contentType = "text/plain; charset=utf-8" }
  }

  /// A text answers every method, as canned JSON does; a file is read with GET.
  package var defaultMethods: [String]? {
    if case .file = body { ["GET"] } else { nil }
  }

  package var routeKey: String {
    if case .file = body { "file" } else { Self.kind }
  }

  package func changes(from old: Self) -> [String] {
    Self.change("status", old.status.shown, status.shown)
      + Self.change("content_type", old.contentType ?? "auto", contentType ?? "auto") + (old.body == body ? [] : ["body"])
  }
}

extension FixedResponseOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    switch body {
    case .text(let template):
      return CannedResponse(status: status, contentType: contentType, body: template, context: context)
    case .file(let path):
      return FileResponder(path: path, status: status.literal ?? 200, contentType: contentType, context: context)
    }
  }
}
