// The kinds of responder that a route can name. A new kind is a responder with its options, a decoder that mirrors it
// by name, their tests, and one line in `all`.

import YAMLDocument

/// What a decoder of one kind is given: the value of the kind's key and the route around it.
struct ResponderDecoding {
  let value: SettingsDecoder
  /// What templates may name.
  let scope: TemplateScope
  /// The route's `status`, already checked.
  let status: AnswerStatus?
  /// The route's `content_type`, or its Content-Type field.
  let contentType: String?
  /// What a list of answers takes from the route around it; nil within a list.
  var list: AnswerListSurroundings?
  /// Whether the file of the route is a template.
  let isTemplate: Bool

  /// Whether the body is HTML or XML.
  var isMarkup: Bool { contentType.map { Markup.isType($0) } ?? false }

  var context: DecodingContext { value.context }
}

/// A key of a route that says what answers.
struct ResponderKind: Sendable {
  let key: Key
  /// Whether `status` and `content_type` of the route are for this kind.
  let takesStatus: Bool
  /// Whether the values of the route's `headers` may have placeholders.
  var takesTemplates = false
  /// Whether `template` of the route is for this kind.
  var isFile = false
  /// Whether conditions are compared with validators that the kind has of its own, whatever the route's `headers` say.
  var hasOwnValidators = false
  let decode: @Sendable (ResponderDecoding) -> (any ResponderOptions)?

  /// Those that give one answer, in the order in which diagnostics name them.
  static let single: [ResponderKind] = [
    ResponderKind(key: StaticFilesDecoder.key, takesStatus: false) { StaticFilesDecoder.decode($0) },
    ResponderKind(key: ProxyToFileDecoder.key, takesStatus: false, hasOwnValidators: true) { ProxyToFileDecoder.decode($0) },
    ResponderKind(key: CannedJSONDecoder.key, takesStatus: true, takesTemplates: true) { CannedJSONDecoder.decode($0) },
    ResponderKind(key: CannedJSONDecoder.fileKey, takesStatus: true, takesTemplates: true, isFile: true) {
      CannedJSONDecoder.decodeFile($0)
    },
    ResponderKind(key: FixedResponseDecoder.key, takesStatus: true, takesTemplates: true) { FixedResponseDecoder.decode($0) },
    ResponderKind(key: FixedResponseDecoder.fileKey, takesStatus: true, isFile: true) { FixedResponseDecoder.decodeFile($0) },
    ResponderKind(key: ResourceDecoder.key, takesStatus: false, hasOwnValidators: true) { ResourceDecoder.decode($0) },
    ResponderKind(key: RedirectDecoder.key, takesStatus: false, takesTemplates: true) { RedirectDecoder.decode($0) },
    ResponderKind(key: EventsDecoder.key, takesStatus: false, takesTemplates: true) { EventsDecoder.decode($0) },
  ]

  /// Those of a route: the single ones, and lists of them.
  static let all =
    single + [
      ResponderKind(key: AnswerListDecoder.sequenceKey, takesStatus: false, takesTemplates: true) { AnswerListDecoder.decodeSequence($0) },
      ResponderKind(key: AnswerListDecoder.weightedKey, takesStatus: false, takesTemplates: true) { AnswerListDecoder.decodeWeighted($0) },
    ]

  static let names = all.map(\.key.name)

  /// `static, proxy_to_file, …, file or redirect`.
  static func phrase(_ kinds: [ResponderKind]) -> String {
    let names = kinds.map(\.key.name)
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }
}
