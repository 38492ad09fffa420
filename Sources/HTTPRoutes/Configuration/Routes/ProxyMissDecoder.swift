// `on_miss`: a status, with which the JSON that says what was looked for is sent, or a mapping with a body of its own.

import YAMLDocument

enum ProxyMissDecoder {
  static let keys = KeyTable(
    "on_miss",
    [
      Key("status", .status, default: "404", "The status of the answer."),
      Key("json", .anything, "A body in JSON, without placeholders."),
      Key("text", .text, "A body as it is written here."),
      Key("file", .path, "A body in a file, read when the configuration is loaded."),
      Key("content_type", .text, "The type of the body; told from json, text or the name of the file by default."),
    ])

  /// A body that is held in memory, as that of `json_file`.
  private static let fileLimit = 16 << 20

  static func decode(_ value: SettingsDecoder, into miss: inout ProxyToFileOptions.Miss) {
    if value.node.mapping == nil {
      if let status = StatusDecoder.decode(value) { miss.status = status }
      return
    }
    guard let mapping = value.mapping(keys) else { return }
    if let status = mapping.take("status").flatMap({ StatusDecoder.decode($0) }) { miss.status = status }
    let json = mapping.take("json")
    let text = mapping.take("text")
    let file = mapping.take("file")
    let contentType = mapping.take("content_type")
    mapping.finish()
    let bodies = [json, text, file].compactMap { $0 }
    if bodies.count > 1 { bodies[1].error("\"on_miss\" has one of json, text and file") }
    if let json, let body = JSONBodyEncoder.encode(json.node, scope: json.context.makeScope(nil), context: json.context) {
      miss.body = body.literal
      if body.literal == nil { json.error("\"on_miss\" is the same for every request; it takes no placeholders") }
    } else if let text, let content = text.text("the text to answer with") {
      text.warnOfPlaceholders(in: content)
      miss.body = Array(content.utf8)
      miss.contentType = "text/plain; charset=utf-8"
    } else if let file, let path = file.path("a file") {
      file.context.noteRead(path)
      switch ConfiguredFiles.read(path, limit: fileLimit) {
      case .success(let bytes):
        miss.body = bytes
        miss.contentType = MediaTypeTable.type(ofFile: path)
      case .failure(let reason): file.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
      }
    }
    guard let contentType else { return }
    if bodies.isEmpty { return contentType.error("\"content_type\" needs one of json, text and file") }
    guard let type = contentType.nonEmptyText("a media type such as text/html") else { return }
    if type.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value > 0x7E }) {
      contentType.error("expected a media type such as text/html, found \"\(type.excerpt)\"")
    } else {
      miss.contentType = type
    }
  }
}
