// `redirect`: the Location is made of the target and what the path matched.

package import AsyncHTTPServer
import HTTPCore

/// Sends the client elsewhere (RFC 9110 section 15.4).
package struct Redirect: Responder {
  private let options: RedirectOptions
  private let context: ResponderContext

  package init(_ options: RedirectOptions, context: ResponderContext) {
    self.options = options
    self.context = context
  }

  package func answer(_ request: borrowing RoutedRequest, path: Span<UInt8>, bytes: Span<UInt8>) -> Answer {
    var values: [String: String] = [:]
    for name in context.pattern.parameterNames + ["**"] { values[name] = context.value(of: name, in: request, path: path) }
    let query = request.head.query.map { range in String(decoding: range.map { bytes[$0] }, as: UTF8.self) }
    let location = options.target.render(path: { values[$0] }, query: query)
    let body = Array("\(location)\n".utf8)
    return .bytes(
      status: options.status,
      fields: context.fields([("Location", location), ("Content-Type", "text/plain; charset=utf-8")]), body: body)
  }
}

extension RedirectOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { Redirect(self, context: context) }
}
