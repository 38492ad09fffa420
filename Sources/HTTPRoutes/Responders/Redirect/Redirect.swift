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

  package func answer(_ request: borrowing RequestValues) -> Answer {
    // The route has matched, so the request.path can be normalised.
    let query = request.head.query.map { request.bytes.extracting($0).copied }
    let location = options.target.location(for: context.pattern, path: request.bytes.extracting(request.head.path), query: query) ?? "/"
    let body = Array("\(location)\n".utf8)
    let own = [FieldLine("Location", location), FieldLine("Content-Type", "text/plain; charset=utf-8")]
    return context.answer(status: options.status, own, body: body, for: request)
  }
}

extension RedirectOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { Redirect(self, context: context) }
}
