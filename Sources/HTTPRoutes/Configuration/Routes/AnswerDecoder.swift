// What answers, out of a mapping that also has other keys: one responder, and what stands beside it: status, type,
// headers, states, callbacks, and how it travels.

import AsyncHTTPServer
import HTTPCore
import YAMLDocument

enum AnswerDecoder {
  /// The keys that every mapping with an answer in it has.
  static func keys(_ kinds: [ResponderKind]) -> [Key] {
    [headersKey] + DeliveryDecoder.keys + [CallbackDecoder.key, StateWritesDecoder.key] + kinds.map(\.key) + [
      Key(
        "status", .any([.status, .template]), default: "200",
        "The status of text, file, json and json_file, or an expression that gives it."),
      TemplateFileDecoder.key,
      Key(
        "content_type", .text,
        "The body's type; text/plain for text, application/json for json, told from the name for file by default."),
    ]
  }

  static let headersKey = Key(
    "headers", .headers, "Field lines of every answer, a list for several of one name and ~ to take a default back.")

  /// Takes the keys of an answer; nil after an error. The caller finishes the mapping.
  ///
  /// - Parameters:
  ///   - scope: what templates of the route may name.
  ///   - defaults: what the answer has unless it says otherwise.
  ///   - kinds: of responder that may answer here.
  ///   - list: what the mapping says besides of the order of several answers.
  ///   - answersAlone: whether there has to be a responder, a status, or a fault that takes the place of an answer.
  static func decode(
    _ answer: MappingDecoder, scope: TemplateScope, defaults: RouteDefaults, kinds: [ResponderKind],
    list: AnswerListSurroundings? = nil, answersAlone: Bool = true
  ) -> AnswerSettings? {
    var headers = answer.take("headers").map { HeadersDecoder($0, scope: scope) } ?? HeadersDecoder()
    let delivery = DeliveryDecoder.decode(answer, scope: scope, over: defaults.delivery)
    let after = answer.take("after").map { CallbackDecoder.decode($0, scope: scope) } ?? defaults.after
    let own = answer.take("set_state").map { StateWritesDecoder.decode($0, scope: scope) } ?? []
    let writes = StateWrite.merging(defaults.stateWrites, own)
    var list = list
    list?.defaults.headers = headers.lines(over: defaults.headers)
    list?.defaults.delivery = delivery
    list?.defaults.after = after
    list?.defaults.stateWrites = writes
    // Nothing is sent of the answer that such a fault stands for.
    let standIn = !answersAlone || delivery.fault?.replacesAnswer == true ? statusAlone(.literal(503), contentType: nil) : nil
    return responder(answer, scope: scope, kinds: kinds, headers: &headers, list: list, standIn: standIn).map {
      AnswerSettings(
        responder: $0, headers: headers.lines(over: defaults.headers), delivery: delivery, after: after, stateWrites: writes)
    }
  }

  /// The one key that says what answers.
  ///
  /// - Parameter standIn: what answers where nothing is said to.
  private static func responder(
    _ answer: MappingDecoder, scope: TemplateScope, kinds: [ResponderKind], headers: inout HeadersDecoder,
    list: AnswerListSurroundings?, standIn: FixedResponseOptions?
  ) -> (any ResponderOptions)? {
    var found: [(kind: ResponderKind, value: SettingsDecoder, mark: SourceMark)] = []
    for kind in kinds {
      if let (value, mark) = answer.takeEntry(kind.key.name) { found.append((kind, value, mark)) }
    }
    found.sort { $0.mark.span < $1.mark.span }
    let statusEntry = answer.takeEntry("status")
    let status = statusEntry.flatMap { StatusDecoder.decode($0.value, scope: scope) }
    let templateEntry = answer.takeEntry("template")
    let isTemplate = templateEntry?.value.bool() ?? false
    let contentTypeEntry = answer.takeEntry("content_type")
    let contentType = contentTypeEntry.flatMap { HeadersDecoder.fieldValue($0.value) }

    guard let first = found.first else {
      if statusEntry != nil { return status.map { statusAlone($0, contentType: contentType ?? headers.contentType?.value) } }
      if let standIn { return standIn }
      let what = answer.noun == RouteDecoder.keys.noun ? "nothing answers this route; it" : "this answer has nothing to say; it"
      answer.reportMissing(kinds.map(\.key.name), "\(what) needs one of \(ResponderKind.phrase(kinds)), or a status")
      return nil
    }
    let kind = first.kind.key.name
    for other in found.dropFirst() {
      answer.context.error(
        "\(answer.noun) has one responder: \"\(other.kind.key.name)\" comes after \"\(kind)\" at \(first.mark)", at: other.mark)
    }
    if let templateEntry, isTemplate, !first.kind.isFile {
      answer.context.error("\"template\" beside \"\(kind)\" has no meaning; it is for json_file and file", at: templateEntry.keyMark)
    }
    if !first.kind.takesTemplates, !isTemplate { headers.withoutTemplates() }
    if first.kind.hasOwnValidators {
      for (name, mark) in headers.validatorMarks {
        answer.context.error("the \(name) of \"\(kind)\" is that of what it sends, and conditions are compared with it", at: mark)
      }
    }
    if !first.kind.takesStatus {
      for (key, mark) in [("status", statusEntry?.keyMark), ("content_type", contentTypeEntry?.keyMark)] {
        if let mark { answer.context.error("\"\(key)\" beside \"\(kind)\" has no meaning\(hint(key, kind))", at: mark) }
      }
      if let header = headers.contentType {
        answer.context.error("the Content-Type of \"\(kind)\" is that of what it sends", at: header.mark)
      }
    } else if let header = headers.contentType, let entry = contentTypeEntry {
      let (earlier, later) = entry.keyMark.span < header.mark.span ? (entry.keyMark, header.mark) : (header.mark, entry.keyMark)
      answer.context.error("Content-Type is given twice, first at \(earlier)", at: later)
    }
    return first.kind.decode(
      ResponderDecoding(
        value: first.value, scope: scope, status: status, contentType: contentType ?? headers.contentType?.value, list: list,
        isTemplate: isTemplate))
  }

  /// A status that nothing stands beside is an answer that says it: `503 Service Unavailable`.
  private static func statusAlone(_ status: AnswerStatus, contentType: String?) -> FixedResponseOptions {
    // RFC 9110 §6.4.1: these have no content.
    var text = ""
    if let status = status.literal, ![204, 205, 304].contains(status) { text = "\(status) \(ReasonPhrase.phrase(for: status))\n" }
    var options = FixedResponseOptions(body: .text(BodyTemplate(literal: Array(text.utf8))))
    options.status = status
    if contentType != nil || text.isEmpty { options.contentType = contentType }
    return options
  }

  private static func hint(_ key: String, _ kind: String) -> String {
    key == "status" && kind == RedirectOptions.kind ? "; write redirect: {to: …, status: …}" : ""
  }
}
