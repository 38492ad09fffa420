// One entry of `routes`, over the `defaults` of its file.

import HTTPCore
import YAMLDocument

/// What `defaults` give to every route.
struct RouteDefaults {
  var headers: [HeaderLine] = []
  var cors: CORSOptions?
  var delay: Duration?

  static let keys = KeyTable("defaults", [RouteDecoder.headersKey, CORSDecoder.key, Key("delay", delay, default: "0s", delaySummary)])

  /// No client waits longer than an hour for a stub, and a mistake in the unit should not hold connections for days.
  static let delay = Shape.duration(atMost: .seconds(3600), allowsZero: true)
  static let delaySummary = "How long to wait before the answer."

  /// These defaults with what a `defaults` mapping says on top.
  func overridden(by value: SettingsDecoder) -> RouteDefaults {
    if value.isNull { return self }
    guard let mapping = value.mapping(Self.keys, "a mapping such as {headers: {X-Environment: staging}}") else { return self }
    var defaults = self
    if let headers = mapping.take("headers") {
      let decoded = HeadersDecoder(headers)
      if let contentType = decoded.contentType {
        mapping.context.error(
          "a Content-Type for every route would be wrong for files; give \"content_type\" to single routes", at: contentType.mark)
      }
      for (name, mark) in decoded.validatorMarks {
        mapping.context.error("one \(name) for every route would call different answers the same; give it to single routes", at: mark)
      }
      defaults.headers = decoded.lines(over: self.headers)
    }
    if let cors = mapping.take("cors") { defaults.cors = CORSDecoder.decode(cors, over: self.cors) }
    if mapping.take("delay") != nil { defaults.delay = RouteDecoder.delay(mapping) }
    mapping.finish()
    return defaults
  }
}

/// A route as far as it could be understood: ids are compared even between routes that something else is wrong with.
struct DecodedRoute {
  /// The `id` that is given, and where.
  var explicitID: (text: String, mark: SourceMark)?
  /// Nil after an error; the id is still to be filled in where none is given.
  var settings: RouteSettings?
}

enum RouteDecoder {
  static let keys = KeyTable(
    "route", noun: "a route",
    [
      Key(
        "id", .matching("^[A-Za-z0-9._-]{1,100}$", orNumber: true),
        "The route's name in what the program prints and logs; method and path by default."),
      Key("path", .matching("^/"), "What is matched: literal segments, {name} for one segment, a last ** for the rest."),
      Key("method", .methods, "The method, as methods has several."),
      Key(
        "methods", .methods,
        "The methods, one or a list or any; by default every method, and GET for static, file and proxy_to_file. GET answers HEAD too."),
      WhenDecoder.key, headersKey, CORSDecoder.key,
      Key("delay", .any([RouteDefaults.delay, .template, .null]), default: "0s", RouteDefaults.delaySummary),
    ] + ResponderKind.all.map(\.key) + [
      Key(
        "status", .any([.status, .template]), default: "200",
        "The status of text, file, json and json_file, or an expression that gives it."),
      TemplateFileDecoder.key,
      Key(
        "content_type", .text,
        "The body's type; text/plain for text, application/json for json, told from the name for file by default."),
    ], required: ["path"], alternatives: ResponderKind.names, substitute: "status")

  static let headersKey = Key(
    "headers", .headers, "Field lines of every answer, a list for several of one name and ~ to take a default back.")

  static func decode(_ value: SettingsDecoder, defaults: RouteDefaults) -> DecodedRoute {
    guard let route = value.mapping(keys, "a route, which is a mapping with \"path\"", hint: pathHint) else { return DecodedRoute() }
    let explicitID = route.take("id").flatMap { value in id(value).map { (text: $0, mark: value.mark) } }
    let pathValue = route.require("path")
    let pattern = pathValue.flatMap(self.pattern)
    let methods = methods(route)
    let whenValue = route.take("when")
    let when = whenValue.flatMap { WhenDecoder.decode($0, pattern: pattern) }
    let scope = route.context.makeScope(pattern)

    var headers = route.take("headers").map { HeadersDecoder($0, scope: scope) } ?? HeadersDecoder()
    var cors = defaults.cors
    if let value = route.take("cors") { cors = CORSDecoder.decode(value, over: defaults.cors) }
    var delay = defaults.delay
    var delayTemplate: Template?
    if let value = route.take("delay") {
      if value.hasPlaceholder, let text = value.node.scalar?.text {
        delayTemplate = value.template(of: text, scope: scope)
        delay = nil
      } else {
        delay = self.delay(route)
      }
    }
    let options = responder(route, scope: scope, headers: &headers)
    route.finish()

    guard let pathValue, let pattern, let methods, let options, whenValue == nil || when != nil else {
      return DecodedRoute(explicitID: explicitID)
    }
    let settings = RouteSettings(
      id: explicitID?.text ?? "", mark: route.mark, patternMark: pathValue.mark, pattern: pattern,
      methods: resolved(methods, options), when: when, responder: options, headers: headers.lines(over: defaults.headers), cors: cors,
      delay: delay, delayTemplate: delayTemplate)
    return DecodedRoute(explicitID: explicitID, settings: settings)
  }

  /// `- /healthz` or `- GET /healthz` for a route.
  private static func pathHint(_ text: String) -> String? {
    let words = text.split(separator: " ")
    guard let path = words.last, path.hasPrefix("/"), words.count <= 2 else { return nil }
    let method = words.count == 2 ? " and method: \(String(words[0]).excerpt)" : ""
    return "write - path: \(String(path).excerpt)\(method), and what answers"
  }

  static func delay(_ mapping: MappingDecoder) -> Duration? {
    mapping.duration("delay").flatMap { $0 == .zero ? nil : $0 }
  }

  /// Letters, digits, `.`, `_`, `-`: what a log line or a table can show as it is. Made-up ids have a slash, so the two
  /// never meet.
  private static func id(_ value: SettingsDecoder) -> String? {
    guard let text = value.nonEmptyText("an id such as get-user") else { return nil }
    let isFine =
      text.utf8.count <= 100
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
    if !isFine { value.error("an id has at most 100 letters, digits, periods, hyphens and underscores; found \"\(text.excerpt)\"") }
    return isFine ? text : nil
  }

  private static func pattern(_ value: SettingsDecoder) -> PathPattern? {
    guard let text = value.nonEmptyText("a path such as /api/users/{id}") else { return nil }
    do throws(PathPatternError) {
      return try PathPattern(parsing: text)
    } catch {
      value.error(error.message, in: error.offset..<error.offset + 1, of: text)
      return nil
    }
  }

  private enum Methods {
    /// The responder's own.
    case unnamed
    case named(MethodsDecoder.Methods)
  }

  /// Nil after an error.
  private static func methods(_ route: MappingDecoder) -> Methods? {
    let one = route.takeEntry("method")
    let many = route.takeEntry("methods")
    if let one, let many {
      let (first, second) = one.keyMark.span < many.keyMark.span ? (one.keyMark, many.keyMark) : (many.keyMark, one.keyMark)
      route.context.error("a route has \"method\" or \"methods\", not both; the other is at \(first)", at: second)
    }
    guard let value = (one ?? many)?.value else { return .unnamed }
    return MethodsDecoder.decode(value).map { .named($0) }
  }

  private static func resolved(_ methods: Methods, _ options: any ResponderOptions) -> [String]? {
    switch methods {
    case .unnamed: options.defaultMethods
    case .named(.any): nil
    case .named(.list(let methods)): methods
    }
  }

  /// The one key that says what answers.
  private static func responder(_ route: MappingDecoder, scope: TemplateScope, headers: inout HeadersDecoder) -> (any ResponderOptions)? {
    var found: [(kind: ResponderKind, value: SettingsDecoder, mark: SourceMark)] = []
    for kind in ResponderKind.all {
      if let (value, mark) = route.takeEntry(kind.key.name) { found.append((kind, value, mark)) }
    }
    found.sort { $0.mark.span < $1.mark.span }
    let statusEntry = route.takeEntry("status")
    let status = statusEntry.flatMap { StatusDecoder.decode($0.value, scope: scope) }
    let templateEntry = route.takeEntry("template")
    let isTemplate = templateEntry?.value.bool() ?? false
    let contentTypeEntry = route.takeEntry("content_type")
    let contentType = contentTypeEntry.flatMap { HeadersDecoder.fieldValue($0.value) }

    guard let first = found.first else {
      if statusEntry != nil { return status.map { statusAlone($0, contentType: contentType ?? headers.contentType?.value) } }
      route.reportMissing(
        ResponderKind.names, "nothing answers this route; it needs one of \(ResponderKind.namesPhrase), or a status")
      return nil
    }
    let kind = first.kind.key.name
    for other in found.dropFirst() {
      route.context.error(
        "a route has one responder: \"\(other.kind.key.name)\" comes after \"\(kind)\" at \(first.mark)", at: other.mark)
    }
    if let templateEntry, isTemplate, !first.kind.isFile {
      route.context.error("\"template\" beside \"\(kind)\" has no meaning; it is for json_file and file", at: templateEntry.keyMark)
    }
    if !first.kind.takesTemplates, !isTemplate { headers.withoutTemplates() }
    if first.kind.hasOwnValidators {
      for (name, mark) in headers.validatorMarks {
        route.context.error("the \(name) of \"\(kind)\" is that of what it sends, and conditions are compared with it", at: mark)
      }
    }
    if !first.kind.takesStatus {
      for (key, mark) in [("status", statusEntry?.keyMark), ("content_type", contentTypeEntry?.keyMark)] {
        if let mark { route.context.error("\"\(key)\" beside \"\(kind)\" has no meaning\(hint(key, kind))", at: mark) }
      }
      if let header = headers.contentType {
        route.context.error("the Content-Type of \"\(kind)\" is that of what it sends", at: header.mark)
      }
    } else if let header = headers.contentType, let entry = contentTypeEntry {
      let (earlier, later) = entry.keyMark.span < header.mark.span ? (entry.keyMark, header.mark) : (header.mark, entry.keyMark)
      route.context.error("Content-Type is given twice, first at \(earlier)", at: later)
    }
    return first.kind.decode(
      ResponderDecoding(
        value: first.value, scope: scope, status: status, contentType: contentType ?? headers.contentType?.value, isTemplate: isTemplate))
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
