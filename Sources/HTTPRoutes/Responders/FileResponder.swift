import AsyncHTTPServer

struct FileResponder: Responder {
  init(path: String, status: Int, contentType: String?, context: ResponderContext) {}
  func answer(_ request: borrowing RoutedRequest, path: Span<UInt8>, bytes: Span<UInt8>) -> Answer {
    .bytes(status: 404, fields: [], body: [])
  }
}
extension StaticFilesOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    FileResponder(path: "", status: 1, contentType: nil, context: context)
  }
}
extension ProxyToFileOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    FileResponder(path: "", status: 1, contentType: nil, context: context)
  }
}
