// `text`, a body written in the configuration, and `file`, one file for every path of the route.

import YAMLDocument

enum FixedResponseDecoder {
  static let key = Key("text", .text, "A body written here, with expressions such as {{path.id}} and {{now | plus(3d)}}.")
  static let fileKey = Key("file", .path, "One file for every path of the route.")

  static func decode(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let scalar = value.node.scalar, scalar.kind != .null else {
      value.errorExpected("the text to answer with")
      return nil
    }
    do throws(TemplateError) {
      let parts = try value.templateParts(of: scalar.text, scope: responder.scope)
      if responder.isMarkup {
        for place in ScriptPlace.all(in: parts) { value.warning(place.warning, in: place.range, of: scalar.text) }
      }
      return options(.text(BodyTemplate(Template(parts, escape: responder.isMarkup ? .markup : .none))), responder)
    } catch {
      value.error(error.message, in: error.range, of: scalar.text)
      return nil
    }
  }

  static func decodeFile(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let path = value.path("a file") else { return nil }
    value.context.noteRead(path)
    switch ConfiguredFiles.examine(path) {
    case .success(.file): return file(path, responder)
    case .success(.directory): value.error("\"\(path.escapingControls)\" is a directory; \"static\" serves directories")
    case .success(.other): value.error("\"\(path.escapingControls)\" is not a regular file")
    case .failure(let reason): value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
    }
    return nil
  }

  /// A file that is read with each request, or a template that is read now.
  private static func file(_ path: String, _ responder: ResponderDecoding) -> FixedResponseOptions? {
    if !responder.isTemplate {
      guard let status = responder.status, status.literal == nil else { return options(.file(path), responder) }
      responder.value.error("a file answers with a status that is a number; write template: true beside it to fill placeholders")
      return nil
    }
    let contentType = responder.contentType ?? MediaTypeTable.type(ofFile: path)
    guard let body = TemplateFileDecoder.text(path: path, contentType: contentType, responder) else { return nil }
    var options = options(.text(body), responder)
    options.contentType = contentType
    return options
  }

  private static func options(_ body: FixedResponseOptions.Body, _ responder: ResponderDecoding) -> FixedResponseOptions {
    var options = FixedResponseOptions(body: body)
    if let status = responder.status { options.status = status }
    if let contentType = responder.contentType { options.contentType = contentType }
    return options
  }
}
