// A question about requests as a text: JSON, or YAML, of which JSON is a part. It is decoded as the configuration is,
// and what is wrong with it is reported in the same words.

import HTTPCore
import YAMLDocument

extension RequestQuestion {
  /// Octets of a question, at most.
  package static let maxLength = 65_536

  /// What a text may say beside path, method and condition.
  package enum Kind: Sendable {
    /// How many requests fit.
    case count
    /// Whether as many fit as `times` says.
    case verification
  }

  /// Reads a question.
  ///
  /// - Parameter text: of one JSON or YAML mapping with `path`, `method` or `methods`, `when`, and for a verification
  ///   `times`; all of them may be left out. Variables of the environment are unknown in it.
  ///
  /// Throws what is wrong with the text, each problem at its line and column.
  package init(_ text: [UInt8], kind: Kind) throws(ConfigurationError) {
    let source = SourceText(file: "body", bytes: QuestionDecoder.withoutSurrogates(text))
    let context = DecodingContext(file: source.file, environment: [:])
    var limits = YAMLLimits()
    limits.bytes = Self.maxLength
    let document = YAMLComposer.compose(source, limits: limits)
    for error in document.errors { context.report(error) }
    let question: RequestQuestion?
    if let root = document.root {
      question = QuestionDecoder.decode(SettingsDecoder(node: root, context: context), kind: kind)
    } else {
      question = RequestQuestion(nil, .any, nil, times: 1...Int.max)
    }
    guard let question, !context.hasErrors else { throw ConfigurationError(diagnostics: context.diagnostics) }
    self = question
  }
}

enum QuestionDecoder {
  private static let common = [
    Key("path", .matching("^/"), "Which paths: literal segments, {name} for one segment, a last ** for the rest."),
    Key("method", .methods, "The method, as methods has several."),
    Key("methods", .methods, "The methods, one or a list or any."),
    WhenDecoder.key,
  ]
  static let countKeys = KeyTable("question", noun: "a question", common)
  static let verificationKeys = KeyTable("verification", noun: "a verification", common + [timesKey])

  private static let timesKey = Key(
    "times", .any([.integer(0...maxTimes), .mapping(timesKeys)]), "How many requests have to fit; at least one by default.")
  private static let timesKeys = KeyTable(
    "times", noun: "\"times\"",
    [
      Key("at_least", .integer(0...maxTimes), "The fewest requests."),
      Key("at_most", .integer(0...maxTimes), "The most requests."),
    ])
  private static let maxTimes = 1_000_000_000

  /// Nil after reporting what is wrong.
  static func decode(_ value: SettingsDecoder, kind: RequestQuestion.Kind) -> RequestQuestion? {
    let isVerification = kind == .verification
    let table = isVerification ? verificationKeys : countKeys
    guard let mapping = value.mapping(table, "a mapping such as {\"path\": \"/api/users/{id}\", \"method\": \"GET\"}") else { return nil }
    let pathValue = mapping.take("path")
    let pattern = pathValue.flatMap { RouteDecoder.pattern($0) }
    let methods = RouteDecoder.methods(mapping)
    let isBroken = pathValue != nil && pattern == nil
    let when = mapping.take("when").flatMap { WhenDecoder.decode($0, pattern: isBroken ? nil : pattern ?? RequestQuestion.everyPath) }
    let times = isVerification ? mapping.take("times").flatMap { self.times($0) } : nil
    mapping.finish()
    guard let methods, !value.context.hasErrors else { return nil }
    var set = MethodSet.any
    if case .named(.list(let names)) = methods { set = MethodSet(names.map { RequestMethod(name: $0) }) }
    return RequestQuestion(pattern, set, when, times: times ?? 1...Int.max)
  }

  private static func times(_ value: SettingsDecoder) -> ClosedRange<Int>? {
    guard value.node.mapping != nil else {
      return value.integer(in: 0...maxTimes, "a number of requests").map { $0...$0 }
    }
    guard let mapping = value.mapping(timesKeys) else { return nil }
    let least = mapping.integer("at_least")
    let most = mapping.integer("at_most")
    mapping.finish()
    if let least, let most, least > most {
      value.error("\"at_least\" is more than \"at_most\"")
      return nil
    }
    if least == nil, most == nil, !value.context.hasErrors { value.error("\"times\" needs \"at_least\" or \"at_most\"") }
    return (least ?? 0)...(most ?? Int.max)
  }

  /// The text with the character itself for each pair of escapes that JSON has for one beyond the first plane
  /// (RFC 8259 §7): YAML has other escapes for those.
  static func withoutSurrogates(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      guard text[position] == UInt8(ascii: "\\") else {
        result.append(text[position])
        position += 1
        continue
      }
      if let high = codeUnit(text, position), 0xD800..<0xDC00 ~= high, let low = codeUnit(text, position + 6), 0xDC00..<0xE000 ~= low,
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      {
        result += Array(String(Character(scalar)).utf8)
        position += 12
      } else {
        // The octet behind a backslash is escaped, and begins no escape.
        result += text[position..<min(position + 2, text.count)]
        position += 2
      }
    }
    return result
  }

  /// What `\uXXXX` at a position stands for; nil for anything else.
  private static func codeUnit(_ text: [UInt8], _ position: Int) -> UInt32? {
    guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u") else { return nil }
    return UInt32(String(decoding: text[(position + 2)..<(position + 6)], as: UTF8.self), radix: 16)
  }
}
