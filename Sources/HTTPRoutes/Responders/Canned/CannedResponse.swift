// Canned bodies: `json`, `json_file` and `text`. One that no request has a say in is laid out when the configuration is
// loaded.

package import AsyncHTTPServer
import HTTPCore

/// Answers with a body that the configuration holds.
package struct CannedResponse: Responder {
  private enum Form {
    case prepared(PreparedResponse)
    case file(FileResponse, content: [UInt8], whole: PreparedResponse)
    case rendered(status: AnswerStatus, own: [FieldLine], BodyTemplate)
  }

  private let form: Form
  private let validators: OwnValidators?
  private let context: ResponderContext
  package let needsBody: Bool

  /// - Parameters:
  ///   - modified: of the file that the body is from, in seconds since 1970: then it has validators, conditions and ranges as any file. The
  ///     tag is told from the content alone, so a reload keeps it.
  package init(
    status: AnswerStatus, contentType: String?, body: BodyTemplate, modified: Int64? = nil, context: ResponderContext
  ) {
    self.context = context
    validators = OwnValidators(status: status.literal ?? 200, context)
    needsBody = body.needsBody || status.needsBody || context.needsBody
    if let modified, !context.hasTemplates, let status = status.literal, let content = body.literal {
      var digest = Fingerprint()
      content.withUnsafeBytes { digest.add($0) }
      let response = FileResponse(
        statusCode: status, size: Int64(content.count),
        entityTag: EntityTag(opaque: String(content.count, radix: 16) + "-" + String(digest.value, radix: 16)),
        lastModified: min(modified, FileContent.clock() / 1_000_000_000), contentType: contentType ?? MediaType.octetStream,
        context: context)
      form = .file(response, content: content, whole: PreparedResponse(status: status, fields: response.fields, body: content))
      return
    }
    let own: [FieldLine] = contentType.map { [FieldLine("Content-Type", $0)] } ?? []
    if !context.hasTemplates, let status = status.literal, let literal = body.literal {
      form = .prepared(PreparedResponse(status: status, fields: context.fields(own), body: literal))
    } else {
      form = .rendered(status: status, own: own, body)
    }
  }

  package var constantAnswer: PreparedResponse? {
    if case .prepared(let response) = form, validators == nil { response } else { nil }
  }

  package var answersAtOnce: Bool { true }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    if let validators, let answer = validators.answer(request) { return answer }
    switch form {
    case .prepared(let response):
      return .prepared(response)
    case .file(let response, let content, let whole):
      // Any other method is answered as if it had done something.
      guard request.head.knownMethod == .get || request.isHEAD else { return .prepared(whole) }
      let decision = response.decide(request.head, request.bytes, now: request.now)
      return decision == .whole ? .prepared(whole) : response.answer(decision, content: content)
    case .rendered(let status, let own, let template):
      var run = context.makeRun()
      do throws(TemplateFailure) {
        let status = try status.value(for: request, &run)
        let fields = try context.fields(own, for: request, &run)
        return .bytes(status: status, fields: fields, body: try template.octets(for: request, &run))
      } catch {
        return context.answer(error, for: request)
      }
    }
  }
}

extension CannedJSONOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    CannedResponse(status: status, contentType: contentType, body: body, modified: modified, context: context)
  }
}
