// One entry of `routes`, over the `defaults` of its file.

import HTTPCore
import YAMLDocument

/// What `defaults` give to every route.
struct RouteDefaults {
  var headers: [HeaderLine] = []
  var cors: CORSOptions?
  /// `fault` is for single routes.
  var delivery = DeliverySettings()
  var faults: [FaultChance] = []
  var rateLimit: RateLimit?
  /// What the answers of a list send and set unless they say otherwise; no `defaults` of a file has any.
  var after: [CallbackSettings] = []
  var stateWrites: [StateWrite] = []

  static let keys = KeyTable(
    "defaults",
    [
      AnswerDecoder.headersKey, CORSDecoder.key, DelayDecoder.key, DeliveryDecoder.throttleKey, FaultsDecoder.key, RateLimitDecoder.key,
    ])

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
    if let delay = mapping.take("delay") {
      defaults.delivery.delay = DelayDecoder.decode(delay, scope: nil)
      if defaults.delivery.delay == .recorded { delay.error(RouteDecoder.recordedElsewhere) }
    }
    if let throttle = mapping.take("throttle") { defaults.delivery.throttle = DeliveryDecoder.throttle(throttle) }
    if let faults = mapping.take("faults") {
      defaults.faults = FaultsDecoder.decode(faults, scope: mapping.context.makeScope(nil), defaults: defaults)
    }
    if let limit = mapping.take("rate_limit") {
      defaults.rateLimit = limit.isNull ? nil : RateLimitDecoder.decode(limit, scope: mapping.context.makeScope(nil))
    }
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
      WhenDecoder.key, CORSDecoder.key, FaultsDecoder.key, RateLimitDecoder.key, AnswerListDecoder.perKey, AnswerListDecoder.repeatKey,
    ] + AnswerDecoder.keys(ResponderKind.all), required: ["path"], alternatives: ResponderKind.names, substitutes: ["status", "fault"])

  static let recordedElsewhere = "\"recorded\" is for a route with proxy_to_file; elsewhere a delay is a duration or a distribution"

  static func decode(_ value: SettingsDecoder, defaults: RouteDefaults) -> DecodedRoute {
    guard let route = value.mapping(keys, "a route, which is a mapping with \"path\"", hint: pathHint) else { return DecodedRoute() }
    let explicitID = route.take("id").flatMap { value in id(value).map { (text: $0, mark: value.mark) } }
    let pathValue = route.require("path")
    let pattern = pathValue.flatMap(self.pattern)
    let methods = methods(route)
    let whenValue = route.take("when")
    let when = whenValue.flatMap { WhenDecoder.decode($0, pattern: pattern) }
    let scope = route.context.makeScope(pattern)

    var cors = defaults.cors
    if let value = route.take("cors") { cors = CORSDecoder.decode(value, over: defaults.cors) }
    let delayMark = value.node["delay"]?.span
    let faults = route.take("faults").map { FaultsDecoder.decode($0, scope: scope, defaults: defaults) } ?? defaults.faults
    var rateLimit = defaults.rateLimit
    if let value = route.take("rate_limit") { rateLimit = value.isNull ? nil : RateLimitDecoder.decode(value, scope: scope) }
    let (list, order) = listSurroundings(route, scope: scope, defaults: defaults)
    let answer = AnswerDecoder.decode(route, scope: scope, defaults: defaults, kinds: ResponderKind.all, list: list)
    if let answer { check(order, beside: answer.responder, route.context) }
    if let answer, answer.delivery.delay == .recorded, answer.responder.recordings == nil, let delayMark {
      route.context.error(recordedElsewhere, at: delayMark)
    }
    route.finish()

    guard let pathValue, let pattern, let methods, let answer, whenValue == nil || when != nil else {
      return DecodedRoute(explicitID: explicitID)
    }
    let settings = RouteSettings(
      id: explicitID?.text ?? "", mark: route.mark, patternMark: pathValue.mark, pattern: pattern,
      methods: resolved(methods, answer.responder), when: when, answer: answer, cors: cors, faults: faults, rateLimit: rateLimit)
    return DecodedRoute(explicitID: explicitID, settings: settings)
  }

  /// What a list of answers takes from the route, and where the keys stand that only such a list has.
  private static func listSurroundings(
    _ route: MappingDecoder, scope: TemplateScope, defaults: RouteDefaults
  ) -> (AnswerListSurroundings, order: [(key: String, mark: SourceMark)]) {
    let (per, repetition) = (route.takeEntry("per"), route.takeEntry("repeat"))
    let list = AnswerListSurroundings(
      defaults: defaults, repetition: repetition?.value.choice(), per: per.flatMap { PerDecoder.decode($0.value, scope: scope) })
    let entries = [per.map { (key: "per", mark: $0.keyMark) }, repetition.map { (key: "repeat", mark: $0.keyMark) }]
    return (list, entries.compactMap { $0 })
  }

  private static func check(_ order: [(key: String, mark: SourceMark)], beside responder: any ResponderOptions, _ context: DecodingContext)
  {
    guard responder.routeKey != SequenceOptions.kind else { return }
    for (key, mark) in order {
      context.error("\"\(key)\" beside \"\(responder.routeKey)\" has no meaning; it belongs to \"sequence\"", at: mark)
    }
  }

  /// `- /healthz` or `- GET /healthz` for a route.
  private static func pathHint(_ text: String) -> String? {
    let words = text.split(separator: " ")
    guard let path = words.last, path.hasPrefix("/"), words.count <= 2 else { return nil }
    let method = words.count == 2 ? " and method: \(String(words[0]).excerpt)" : ""
    return "write - path: \(String(path).excerpt)\(method), and what answers"
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

  static func pattern(_ value: SettingsDecoder) -> PathPattern? {
    guard let text = value.nonEmptyText("a path such as /api/users/{id}") else { return nil }
    do throws(PathPatternError) {
      return try PathPattern(parsing: text)
    } catch {
      value.error(error.message, in: error.offset..<error.offset + 1, of: text)
      return nil
    }
  }

  enum Methods {
    /// The responder's own.
    case unnamed
    case named(MethodsDecoder.Methods)
  }

  /// Nil after an error.
  static func methods(_ route: MappingDecoder) -> Methods? {
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
}
