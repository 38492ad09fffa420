// `json`, a body written in the configuration, and `json_file`, one in a file of its own that is sent as it is.

import JSONText
import YAMLDocument

enum CannedJSONDecoder {
  static let key = Key("json", .anything, "A JSON body written here, with expressions such as {{path.id}} and {{now | plus(3d)}}.")
  static let fileKey = Key("json_file", .path, "A JSON body in a file of its own, sent byte for byte unless template is true.")

  /// A body that has to be in memory; what is larger is a static file.
  private static let fileLimit = 16 << 20

  static func decode(_ responder: ResponderDecoding) -> CannedJSONOptions? {
    let value = responder.value
    if let scalar = value.node.scalar, scalar.text.isEmpty, scalar.style == .plain {
      value.error("\"json\" has no value; write null if that is the body")
      return nil
    }
    if let scalar = value.node.scalar, scalar.style != .plain, looksLikeJSON(scalar.text) {
      value.context.warning("this JSON is a text and is sent as one, in quotes; write it without the quotes", at: value.mark)
    }
    guard
      let body = JSONBodyEncoder.encode(value.node, scope: responder.scope, isMarkup: responder.isMarkup, context: value.context)
    else { return nil }
    return options(BodyTemplate(body), responder)
  }

  /// `'{"id": 7}'` or a block of such lines.
  private static func looksLikeJSON(_ text: String) -> Bool {
    let ends = text.utf8.filter { $0 > 0x20 }
    guard let first = ends.first, let last = ends.last, ends.count > 1 else { return false }
    let isObject = first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
    guard isObject || (first == UInt8(ascii: "[") && last == UInt8(ascii: "]")) else { return false }
    return JSONValidator.firstProblem(in: Array(text.utf8)) == nil
  }

  static func decodeFile(_ responder: ResponderDecoding) -> CannedJSONOptions? {
    let value = responder.value
    guard let path = value.path("a file with JSON in it") else { return nil }
    value.context.noteRead(path)
    // Before the content is read: a change in between must not be dated later than it is.
    let modified = ConfiguredFiles.modificationSeconds(of: path)
    switch ConfiguredFiles.read(path, limit: fileLimit) {
    case .failure(let reason):
      value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
      return nil
    case .success(let bytes):
      let (problem, doubt) = JSONValidator.examine(bytes)
      if let problem {
        value.error("\(path.escapingControls):\(problem.line):\(problem.column) is not JSON: \(problem.message)")
        return nil
      }
      if let duplicate = doubt.duplicate {
        let others = doubt.duplicateCount - 1
        value.context.warning(
          "\(path.escapingControls):\(duplicate.place.line):\(duplicate.place.column) has the key \"\(duplicate.name.excerpt)\" again, first at "
            + "\(duplicate.first.line):\(duplicate.first.column)\(others > 0 ? ", and \(others) more of the kind" : ""); "
            + "which of the two counts is for each client to say",
          at: value.mark)
      }
      if responder.isTemplate { return TemplateFileDecoder.json(bytes, path: path, responder).map { self.options($0, responder) } }
      warnOfPlaceholders(bytes, path, value)
      var options = options(BodyTemplate(literal: bytes), responder)
      options.modified = modified
      return options
    }
  }

  /// A file is sent byte for byte, also what would be filled in a body that is written in the configuration.
  private static func warnOfPlaceholders(_ bytes: [UInt8], _ path: String, _ value: SettingsDecoder) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let start = ["{{path.", "{{query.", "{{headers.", "{{cookies."].compactMap({ text.firstRange(of: $0)?.lowerBound }).min(),
      let end = text[start...].firstRange(of: "}}")?.upperBound
    else { return }
    value.context.warning(
      "\(String(text[start..<end]).excerpt) in \(path.escapingControls) is sent as it stands: write template: true beside it to have it filled",
      at: value.mark)
  }

  private static func options(_ body: BodyTemplate, _ responder: ResponderDecoding) -> CannedJSONOptions {
    var options = CannedJSONOptions(body: body)
    if let status = responder.status { options.status = status }
    if let contentType = responder.contentType { options.contentType = contentType }
    return options
  }
}
