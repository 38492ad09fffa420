// `text`, a body written in the configuration, and `file`, one file for every path of the route.

import YAMLDocument

enum FixedResponseDecoder {
  static let key = Key("text", .text, "A body written here, with placeholders such as {{path.id}} and {{query.q}}.")
  static let fileKey = Key("file", .path, "One file for every path of the route.")

  static func decode(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let scalar = value.node.scalar, scalar.kind != .null else {
      value.errorExpected("the text to answer with")
      return nil
    }
    let isMarkup = responder.contentType.map { Markup.isType($0) } ?? false
    do throws(TemplateError) {
      let pieces = try TemplateText.pieces(of: scalar.text, pattern: responder.pattern)
      var parts: [BodyTemplate.Part] = []
      for piece in pieces {
        switch piece {
        case .text(let text): parts.append(.literal(Array(text.utf8)))
        case .placeholder(_, .number, let range):
          throw TemplateError(range: range, message: "\"| number\" is for JSON; a text holds the value as it is")
        case .placeholder(let source, .html, _): parts.append(.placeholder(source, .markup))
        case .placeholder(let source, .raw, _): parts.append(.placeholder(source, .text))
        case .placeholder(let source, nil, _): parts.append(.placeholder(source, isMarkup ? .markup : .text))
        }
      }
      if isMarkup { warnOfScripts(pieces, responder) }
      return options(.text(BodyTemplate(parts: parts)), responder)
    } catch {
      value.error(error.message, in: error.range, of: scalar.text)
      return nil
    }
  }

  /// Escaping for elements does not keep a value from being code where the text of a script or a style is.
  private static func warnOfScripts(_ pieces: [TemplateText.Piece], _ responder: ResponderDecoding) {
    let value = responder.value
    var open: String?
    for piece in pieces {
      switch piece {
      case .text(let text): open = Markup.rawElement(after: text, in: open)
      case .placeholder(_, let filter, let range):
        guard let open, filter != .raw, let scalar = value.node.scalar else { continue }
        value.warning(
          "what a client sends can be code inside <\(open)>, where no escape helps; put it into an attribute, such as data-id",
          in: range, of: scalar.text)
      }
    }
  }

  static func decodeFile(_ responder: ResponderDecoding) -> FixedResponseOptions? {
    let value = responder.value
    guard let path = value.path("a file") else { return nil }
    switch ConfiguredFiles.examine(path) {
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
