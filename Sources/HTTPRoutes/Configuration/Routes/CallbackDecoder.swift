// `after`: callbacks that are sent once an answer has been.

import YAMLDocument

enum CallbackDecoder {
  static let key = Key(
    "after", .any([.sequence(of: .mapping(keys)), .null]),
    "Requests that are sent once the answer has been, to servers that callbacks.allow lists; none by default.")

  private static let keys = KeyTable(
    "after", noun: "a callback",
    [
      Key(
        "url", .text,
        "Where to, http or https: a value at the beginning is a URL, any other value is percent-encoded; empty for no callback."),
      Key("method", .method, default: "POST", "The method of the request."),
      Key("headers", .headers, "Field lines of the request; nothing of the request that was answered is passed on by itself."),
      Key("json", .anything, "The body as JSON, with expressions."),
      Key("text", .text, "The body as text, with expressions."),
      Key(
        "delay", .any([DelayDecoder.duration, .template, .mapping(DelayDecoder.keys), .null]), default: "0s",
        "How long after the answer it is sent."),
      Key(
        "retry", .integer(0...CallbackSettings.maxRetries), default: "0",
        "Further attempts after a failure, or an answer of 408, 425, 429 or from 500 on."),
    ], required: ["url"])

  static func decode(_ value: SettingsDecoder, scope: TemplateScope) -> [CallbackSettings] {
    if value.isNull { return [] }
    guard let items = value.node.sequence else {
      value.errorExpected("a list of callbacks", write: "put \"- \" before it: - {url: \"http://127.0.0.1:9000/done\", json: {ok: true}}")
      return []
    }
    return items.compactMap { callback(SettingsDecoder(node: $0, context: value.context), scope) }
  }

  private static func callback(_ value: SettingsDecoder, _ scope: TemplateScope) -> CallbackSettings? {
    let example = "a mapping such as {url: \"http://127.0.0.1:9000/done\", json: {ok: true}}"
    guard let mapping = value.mapping(keys, example) else { return nil }
    let url = mapping.require("url").flatMap { self.url($0, scope) }
    let method = mapping.take("method").map { self.method($0) }
    let headers = mapping.takeEntry("headers").map { ($0.keyMark, HeadersDecoder($0.value, scope: scope)) }
    let json = mapping.takeEntry("json")
    let text = mapping.takeEntry("text")
    let delay = mapping.take("delay").flatMap { self.delay($0, scope) }
    let retries = mapping.integer("retry")
    mapping.finish()
    if let json, let text {
      let later = json.keyMark.span < text.keyMark.span ? text.keyMark : json.keyMark
      mapping.context.error("a callback has one body, json or text", at: later)
    }
    if let (mark, headers) = headers, headers.names.contains("host") {
      mapping.context.error("the URL of a callback says its host; leave out Host", at: mark)
    }
    guard let url else { return nil }
    var callback = CallbackSettings(url: url)
    if let method { callback.method = method ?? callback.method }
    callback.headers = headers?.1.lines ?? []
    callback.delay = delay
    callback.retries = retries ?? 0
    if let json {
      callback.body = JSONBodyEncoder.encode(json.value.node, scope: scope, context: value.context).map { BodyTemplate($0) }
      callback.contentType = headers?.1.contentType?.value ?? "application/json"
    } else if let text {
      callback.body = text.value.text("a text").flatMap { text.value.template(of: $0, scope: scope) }.map { BodyTemplate($0) }
      callback.contentType = headers?.1.contentType?.value ?? "text/plain; charset=utf-8"
    }
    return callback
  }

  private static func method(_ value: SettingsDecoder) -> String? {
    guard let text = value.nonEmptyText("a method such as POST") else { return nil }
    if HeadersDecoder.isToken(text) { return text }
    value.error("\"\(text.excerpt)\" is not a method")
    return nil
  }

  private static func delay(_ value: SettingsDecoder, _ scope: TemplateScope) -> AnswerDelay? {
    guard let delay = DelayDecoder.decode(value, scope: scope) else { return nil }
    if delay != .recorded { return delay }
    value.error("\"recorded\" is for the delay of a route with proxy_to_file; write delay: 6s")
    return nil
  }

  private static func url(_ value: SettingsDecoder, _ scope: TemplateScope) -> CallbackURL? {
    guard let text = value.nonEmptyText("a URL such as http://127.0.0.1:9000/done") else { return nil }
    let url: CallbackURL
    do throws(TemplateError) {
      url = CallbackURL(try value.templateParts(of: text, scope: scope))
    } catch {
      value.error(error.message, in: error.range, of: text)
      return nil
    }
    let policy = value.context.callbacks
    guard let start = url.literalStart ?? url.literal else {
      if policy.allowsNothing {
        value.error("a callback goes nowhere unless it is listed; write at the top: callbacks: {allow: [127.0.0.1]}")
      }
      return url
    }
    guard let host = CallbackURL.host(of: start) else {
      value.error("expected a URL of http or https, with a host and no user, such as http://127.0.0.1:9000/done, found \"\(text.excerpt)\"")
      return nil
    }
    if policy.allows(host: host) { return url }
    let spelled = host.contains(":") ? "\"\(host)\"" : host
    value.error("callbacks to \(host) are not allowed; write at the top: callbacks: {allow: [\(spelled)]}")
    return nil
  }
}
