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

  package var needsBody: Bool { options.target.needsBody || context.needsBody }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    // The route has matched, so the request.path can be normalised.
    let query = request.head.query.map { request.bytes.extracting($0).copied }
    var run = context.makeRun()
    do throws(TemplateFailure) {
      let values = try options.target.values(for: request, &run)
      let path = request.bytes.extracting(request.head.path)
      let location = options.target.location(for: context.pattern, path: path, query: query, values: values) ?? "/"
      let own = [FieldLine("Location", location), FieldLine("Content-Type", "text/plain; charset=utf-8")]
      return .bytes(status: options.status, fields: try context.fields(own, for: request, &run), body: Array("\(location)\n".utf8))
    } catch {
      return context.answer(error, for: request)
    }
  }
}

extension RedirectOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { Redirect(self, context: context) }
}
