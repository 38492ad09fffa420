extension ProxyToFileOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    FileResponder(path: "", status: 1, contentType: nil, context: context)
  }
}
