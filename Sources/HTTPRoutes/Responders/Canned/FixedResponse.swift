// `text`: one body for every path of the route.

extension FixedResponseOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    switch body {
    case .text(let template):
      return CannedResponse(status: status, contentType: contentType, body: template, context: context)
    case .file(let path):
      return FileResponder(path: path, status: status, contentType: contentType, context: context)
    }
  }
}
