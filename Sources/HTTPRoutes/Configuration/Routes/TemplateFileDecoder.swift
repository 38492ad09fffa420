// `template: true` beside `json_file` or `file`: the file is read with this configuration, and its expressions are
// filled as those of `json` and `text` are.

import JSONText
import YAMLDocument

enum TemplateFileDecoder {
  static let key = Key("template", .bool, default: "false", "Whether the file of json_file or file is a template.")

  /// A template is held in memory as parts.
  private static let fileLimit = 4 << 20

  /// The template that a file of JSON is.
  static func json(_ octets: [UInt8], path: String, _ responder: ResponderDecoding) -> BodyTemplate? {
    let value = responder.value
    guard octets.count <= fileLimit else {
      value.error("\"\(path.escapingControls)\" is larger than the \(fileLimit >> 20) MiB of a template")
      return nil
    }
    let parsed: JSONValue
    do throws(JSONError) {
      parsed = try JSONValue(parsing: octets)
    } catch {
      value.error("\(path.escapingControls) cannot be a template: \(error.message)")
      return nil
    }
    let text = String(decoding: octets, as: UTF8.self)
    let places = TextPlaces(file: path, text: text)
    let offsets = TextPlaces.offsetsOfTexts(inJSON: text)
    func place(_ mark: Int, _ offset: Int) -> String { places.place((mark < offsets.count ? offsets[mark] : 0) + offset) }
    var builder = JSONTemplateBuilder(scope: responder.scope, isMarkup: responder.isMarkup, place: place)
    let template = builder.build(TemplateTree(parsed))
    for problem in builder.problems { value.error("\(place(problem.mark, problem.range?.lowerBound ?? 0)): \(problem.message)") }
    return template.map { BodyTemplate($0) }
  }

  /// The template that a file of any text is.
  static func text(path: String, contentType: String, _ responder: ResponderDecoding) -> BodyTemplate? {
    let value = responder.value
    switch ConfiguredFiles.read(path, limit: fileLimit) {
    case .failure(let reason): value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
    case .success(let octets):
      guard let text = String(validating: octets, as: UTF8.self) else {
        value.error("\"\(path.escapingControls)\" is not UTF-8, which a template is")
        return nil
      }
      let places = TextPlaces(file: path, text: text)
      do throws(TemplateError) {
        let parts = try TemplateReader.parts(of: text, scope: responder.scope) { places.place($0) }
        let isMarkup = Markup.isType(contentType)
        if isMarkup {
          for place in ScriptPlace.all(in: parts) {
            value.context.warning("\(places.place(place.range.lowerBound)): \(place.warning)", at: value.mark)
          }
        }
        return BodyTemplate(Template(parts, escape: isMarkup ? .markup : .none))
      } catch {
        value.error("\(places.place(error.range.lowerBound)): \(error.message)")
      }
    }
    return nil
  }
}
