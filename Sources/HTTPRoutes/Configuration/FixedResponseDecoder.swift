// `text`, a body written in the configuration, and `file`, one file for every path of the route.

import YAMLDocument

enum FixedResponseDecoder {
  static func decode(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let scalar = value.node.scalar, scalar.kind != .null else {
      value.errorExpected("the text to answer with")
      return nil
    }
    do throws(TemplateError) {
      let pieces = try TemplateText.pieces(of: scalar.text, pattern: responder.pattern)
      var parts: [BodyTemplate.Part] = []
      for piece in pieces {
        switch piece {
        case .text(let text): parts.append(.literal(Array(text.utf8)))
        case .placeholder(let source, let isNumber, let range):
          if isNumber { throw TemplateError(range: range, message: "\"| number\" is for JSON; a text holds the value as it is") }
          parts.append(.placeholder(source, .text))
        }
      }
      return options(.text(BodyTemplate(parts: parts)), responder)
    } catch {
      value.error(error.message, in: error.range, of: scalar.text)
      return nil
    }
  }

  static func decodeFile(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let path = value.path("a file") else { return nil }
    switch FilePath.examine(path) {
    case .success(.file): return options(.file(path), responder)
    case .success(.directory): value.error("\"\(path.escapingControls)\" is a directory; \"static\" serves directories")
    case .success(.other): value.error("\"\(path.escapingControls)\" is not a regular file")
    case .failure(let reason): value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
    }
    return nil
  }

  private static func options(_ body: FixedResponseOptions.Body, _ responder: ResponderDecoding) -> FixedResponseOptions {
    var options = FixedResponseOptions(body: body)
    if let status = responder.status { options.status = status }
    if let contentType = responder.contentType { options.contentType = contentType }
    return options
  }
}
