// Canned bodies: `json`, `json_file` and `text`. One that no request has a say in is laid out when the configuration is loaded.

package import AsyncHTTPServer
import HTTPCore

/// Answers with a body that the configuration holds.
package struct CannedResponse: Responder {
  private enum Form {
    case prepared(PreparedResponse)
    case rendered(status: Int, fields: [(name: String, value: String)], BodyTemplate)
  }

  private let form: Form
  private let context: ResponderContext

  package init(status: Int, contentType: String?, body: BodyTemplate, context: ResponderContext) {
    self.context = context
    let fields = context.fields(contentType.map { [("Content-Type", $0)] } ?? [])
    if let literal = body.literal {
      form = .prepared(PreparedResponse(status: status, fields: fields, body: literal))
    } else {
      form = .rendered(status: status, fields: fields, body)
    }
  }

  package var constantAnswer: PreparedResponse? {
    if case .prepared(let response) = form { response } else { nil }
  }

  package func answer(_ request: borrowing RoutedRequest, path: Span<UInt8>, bytes: Span<UInt8>) -> Answer {
    switch form {
    case .prepared(let response):
      return .prepared(response)
    case .rendered(let status, let fields, let template):
      let query = request.head.query.map { QueryParameters(bytes.extracting($0)) }
      var values: [String: String] = [:]
      for name in context.pattern.parameterNames + ["**"] { values[name] = context.value(of: name, in: request, path: path) }
      let body = template.render(path: { values[$0] }, query: { query?[$0] })
      return .bytes(status: status, fields: fields, body: body)
    }
  }
}

extension CannedJSONOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    CannedResponse(status: status, contentType: contentType, body: body, context: context)
  }
}
