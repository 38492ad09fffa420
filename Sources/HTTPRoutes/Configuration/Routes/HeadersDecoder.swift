// `headers`: field lines for every answer of a route. A value can be a list, one line each; null takes a default back.

import HTTPCore
import YAMLDocument

/// Field lines as written, still apart from the defaults.
struct HeadersDecoder {
  private(set) var lines: [HeaderLine] = []
  /// Names in lower case that this mapping gives, be it to take a default back.
  private(set) var names: Set<String> = []
  /// The value of Content-Type, which is the responder's to send.
  private(set) var contentType: (value: String, mark: SourceMark)?
  /// Where ETag and Last-Modified are given: conditions are compared with them.
  private(set) var validatorMarks: [(name: String, mark: SourceMark)] = []
  /// Values with placeholders, which not every kind of route fills.
  private var templates: [(text: String, value: SettingsDecoder)] = []
  /// Nil where there is no route, in `defaults`: there values have no placeholders.
  private let scope: TemplateScope?

  /// No field lines.
  init() { scope = nil }

  /// - Parameter scope: that of the route; nil in `defaults`.
  init(_ value: SettingsDecoder, scope: TemplateScope? = nil) {
    self.scope = scope
    guard let pairs = value.node.mapping else {
      if !value.isNull { value.errorExpected("a mapping of header names and values", write: Self.spelling(of: value.node)) }
      return
    }
    for pair in pairs {
      let name = pair.key.text
      let lowered = name.lowercased()
      guard Self.isToken(name) else {
        value.context.error("\"\(name.excerpt)\" is not a header name", at: pair.keySpan)
        continue
      }
      if AnswerFields.isServersOwn(lowered) {
        value.context.error("the server itself frames and dates its answers and minds the connection; leave out \(name)", at: pair.keySpan)
        continue
      }
      guard names.insert(lowered).inserted else {
        value.context.error("the header \(name) is given twice; a list gives it several values", at: pair.keySpan)
        continue
      }
      append(name, lowered, SettingsDecoder(node: pair.value, context: value.context), keyMark: pair.keySpan.inFile(value.context.file))
    }
  }

  /// What to write for `["X-A: b"]`, `[{X-A: b}]`, `[{name: X-A, value: b}]` or `X-A=b`.
  private static func spelling(of node: YAMLNode) -> String? {
    let first = node.sequence?.first ?? node
    if let name = first["name"]?.scalar?.text ?? first["key"]?.scalar?.text {
      return "write headers: {\(name.excerpt): \((first["value"]?.scalar?.text ?? "…").excerpt)}"
    }
    if let pair = first.mapping?.first { return "write headers: {\(pair.key.text.excerpt): \((pair.value.scalar?.text ?? "…").excerpt)}" }
    guard let text = first.scalar?.text, let end = text.firstIndex(where: { ":=".contains($0) }) else { return nil }
    return "write headers: {\(String(text[..<end]).excerpt): \(String(text[end...].dropFirst().drop { $0 == " " }).excerpt)}"
  }

  private mutating func append(_ name: String, _ lowered: String, _ value: SettingsDecoder, keyMark: SourceMark) {
    if value.isNull { return }
    guard let items = value.list("a text or a list of texts") else { return }
    if items.count > 1, Self.validators.contains(lowered) {
      value.error("an answer has one \(name): conditions are compared with it")
      return
    }
    for item in items {
      guard let text = Self.fieldValue(item, mayBeTemplate: lowered != "content-type"), Self.isFine(text, lowered, item) else { continue }
      if Self.validators.contains(lowered) { validatorMarks.append((name, keyMark)) }
      if lowered == "content-type" {
        contentType = (text, keyMark)
      } else {
        lines.append(HeaderLine(name: name, value: text, template: template(text, lowered, item)))
      }
    }
  }

  /// The template that a value is; nil for one without placeholders, and after an error.
  private mutating func template(_ text: String, _ lowered: String, _ value: SettingsDecoder) -> Template? {
    guard TemplateReader.firstPlaceholder(in: text) != nil else { return nil }
    guard let scope else {
      value.warnOfPlaceholders(in: text)
      return nil
    }
    templates.append((text, value))
    do throws(TemplateError) {
      let template = Template(try value.templateParts(of: text, scope: scope))
      if HeaderLine.leadsElsewhere(lowered), !Self.namesItsHost(text) {
        throw TemplateError(
          range: 0..<1, message: "whoever asks could choose the host; begin with \"/\", or name the host and a \"/\" behind it")
      }
      return template
    } catch {
      value.error(error.message, in: error.range, of: text)
      return nil
    }
  }

  /// Whether a reference begins with a path of this host, or names its host before the first placeholder.
  private static func namesItsHost(_ text: String) -> Bool {
    let literal = text[..<(text.firstRange(of: "{{")?.lowerBound ?? text.endIndex)]
    if literal.hasPrefix("/"), !literal.hasPrefix("//") { return true }
    guard let authority = literal.firstRange(of: "//")?.upperBound else { return false }
    return literal[authority...].dropFirst().contains("/")
  }

  /// The lines for a kind of route that sends placeholders as they stand, of which this warns.
  mutating func withoutTemplates() {
    for (text, value) in templates { value.warnOfPlaceholders(in: text) }
    lines = lines.map { HeaderLine(name: $0.name, value: $0.value) }
  }

  private static let validators: Set<String> = ["etag", "last-modified"]

  /// Whether conditions can be compared with a validator that is written by hand (RFC 9110 section 8.8).
  private static func isFine(_ text: String, _ lowered: String, _ value: SettingsDecoder) -> Bool {
    switch lowered {
    case "etag" where EntityTag(text) == nil:
      value.error("an entity tag is a text in double quotes, which YAML has to be told: '\"v1\"', or 'W/\"v1\"' for a weak one")
      return false
    case "last-modified" where HTTPDate.parse(text, now: FileContent.clock() / 1_000_000_000) == nil:
      value.error("expected a date such as Sun, 06 Nov 1994 08:49:37 GMT, found \"\(text.excerpt)\"")
      return false
    default: return true
    }
  }

  /// The default lines that this mapping does not give itself, and then its own.
  func lines(over defaults: [HeaderLine]) -> [HeaderLine] {
    names.isEmpty ? defaults : defaults.filter { !names.contains($0.name.lowercased()) } + lines
  }

  /// The text of a field value (RFC 9110 section 5.5): no control characters, no space around it.
  ///
  /// - Parameter mayBeTemplate: whether placeholders are the caller's to look for; else there is a warning of them.
  static func fieldValue(_ value: SettingsDecoder, mayBeTemplate: Bool = false) -> String? {
    guard let text = value.text("a text") else { return nil }
    if text.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) {
      value.error("a header value is one line without control characters")
      return nil
    }
    if let first = text.utf8.first, let last = text.utf8.last, [first, last].contains(where: { $0 == 0x20 || $0 == 0x09 }) {
      value.error("a header value neither begins nor ends with a space")
      return nil
    }
    if !mayBeTemplate { value.warnOfPlaceholders(in: text) }
    // Whatever the text is, it is not an octet spelled out.
    return ObsText.text(text.utf8)
  }

  /// A token of RFC 9110 section 5.6.2: field names and methods.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}
