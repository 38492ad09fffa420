// The cursor that decoders read settings with: a node, and questions to ask of it. A question that the node cannot
// answer is reported and answered nil, and its asker goes on, so that one look at a file tells everything that is wrong
// with it.

import YAMLDocument

/// A value of the configuration, not yet understood.
struct SettingsDecoder {
  let node: YAMLNode
  let context: DecodingContext

  var mark: SourceMark { node.span.inFile(context.file) }

  /// Whether nothing was given, or null.
  var isNull: Bool { node.scalar?.kind == .null }

  /// Whether this is the word itself, unquoted or not, or a variable that stands for it.
  func isWord(_ word: String) -> Bool {
    guard let scalar = node.scalar else { return false }
    let (text, failures) = VariableExpansion.expand(scalar.text, environment: context.environment)
    guard failures.isEmpty, text == word else { return false }
    if text != scalar.text { context.noteExpansion(at: node.span) }
    return true
  }

  func error(_ message: String) { context.error(message, at: mark) }

  /// `way` is the spelling that works, if there is more to say of it than `what`.
  func errorExpected(_ what: String, write way: String? = nil) {
    error("expected \(what), found \(node.nounPhrase)" + (way.map { "; \($0)" } ?? ""))
  }

  // MARK: Scalars

  /// The text of a scalar, variables expanded.
  func text(_ expected: String) -> String? {
    guard let scalar = node.scalar, scalar.kind != .null else {
      errorExpected(expected)
      return nil
    }
    let (text, failures) = VariableExpansion.expand(scalar.text, environment: context.environment)
    for failure in failures { context.error(failure.message, at: node.span(ofScalars: failure.range)) }
    if text != scalar.text { context.noteExpansion(at: node.span) }
    return failures.isEmpty ? text : nil
  }

  /// As `text`, and not empty.
  func nonEmptyText(_ expected: String) -> String? {
    guard let text = text(expected) else { return nil }
    if text.isEmpty {
      error("expected \(expected), found an empty text")
      return nil
    }
    return text
  }

  /// Whether the text is what the source says, so that an offset into it is a column.
  func isVerbatim(_ text: String) -> Bool { node.scalar?.text == text }

  /// Reports an error of the characters in `range` of `text`.
  func error(_ message: String, in range: Range<Int>, of text: String) {
    context.error(message, at: isVerbatim(text) ? node.span(ofScalars: range) : node.span)
  }

  /// Warns of double braces where they reach clients as they stand.
  func warnOfPlaceholders(in text: String) {
    guard let range = TemplateReader.firstPlaceholder(in: text) else { return }
    let placeholder = String(String.UnicodeScalarView(Array(text.unicodeScalars)[range]))
    warning(
      "\(placeholder.excerpt) is sent as it stands: placeholders are filled in the bodies and headers of json and text, and in redirects",
      in: range, of: text)
  }

  /// The same for a warning.
  func warning(_ message: String, in range: Range<Int>, of text: String) {
    context.warning(message, at: isVerbatim(text) ? node.span(ofScalars: range) : node.span)
  }

  func bool() -> Bool? {
    guard let text = text("true or false") else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    case "yes", "on", "Yes", "On": error("expected true or false, found \"\(text)\" (did you mean \"true\"?)")
    case "no", "off", "No", "Off": error("expected true or false, found \"\(text)\" (did you mean \"false\"?)")
    default: error("expected true or false, found \"\(text.excerpt)\"")
    }
    return nil
  }

  func integer(in range: ClosedRange<Int>, _ what: String) -> Int? {
    let expected = "\(what) from \(range.lowerBound) to \(range.upperBound)"
    guard let text = text(expected) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      error("expected \(expected), found \(isVerbatim(text) ? node.nounPhrase : "\"\(text.excerpt)\"")")
      return nil
    }
    return value
  }

  /// Bytes.
  func size(in range: ClosedRange<Int64>) -> Int64? {
    let least = range.lowerBound == 1 ? "1 byte" : Units.spelling(ofSize: range.lowerBound)
    let limit = "expected a size from \(least) to \(Units.spelling(ofSize: range.upperBound))"
    guard let text = text("a size such as 8MiB"), let size = parsed({ () throws(Refusal) in try Units.size(text, limit: limit) }) else {
      return nil
    }
    guard range.contains(size) else {
      error("\(limit), found \"\(text.excerpt)\"")
      return nil
    }
    return size
  }

  func duration(atMost longest: Duration? = nil, allowsZero: Bool = false) -> Duration? {
    guard let text = text("a duration such as 80ms"), let duration = parsed({ () throws(Refusal) in try Units.duration(text) }) else {
      return nil
    }
    if duration == .zero && !allowsZero {
      error("expected a duration above zero, found \"\(text.excerpt)\"")
      return nil
    }
    if let longest, duration > longest {
      error("expected a duration of at most \(longest.spelling), found \"\(text.excerpt)\"")
      return nil
    }
    return duration
  }

  /// One of the words of `Choice`.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type = Choice.self) -> Choice? {
    let words = Choice.allCases.map(\.rawValue)
    let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    guard let text = text(expected) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    error("expected \(expected), found \"\(text.excerpt)\"" + Suggestion.phrase(for: text, among: words))
    return nil
  }

  /// The words that YAML 1.1 took for truth values, unquoted: a switch, where a name is asked for.
  var isSwitch: Bool {
    guard let scalar = node.scalar, scalar.style == .plain else { return false }
    return ["true", "false", "yes", "no", "on", "off"].contains(scalar.text.lowercased())
  }

  /// A path in the file system, relative to the file that names it.
  func path(_ expected: String) -> String? {
    if isSwitch {
      errorExpected(expected, write: "a file of that name is ./\(node.scalar?.text ?? "")")
      return nil
    }
    guard let text = nonEmptyText(expected) else { return nil }
    if text.utf8.contains(0) {
      error("a path cannot contain NUL")
      return nil
    }
    let path = context.resolve(text)
    context.noteResolution(ConfiguredFiles.absolute(path), at: node.span)
    return path
  }

  /// What `parse` makes of a text, or its error reported.
  func parsed<Value>(_ parse: () throws(Refusal) -> Value) -> Value? {
    do throws(Refusal) {
      return try parse()
    } catch {
      self.error(error.message)
      return nil
    }
  }

  // MARK: Collections

  /// The items of a sequence; a scalar is a sequence of itself.
  func list(_ expected: String) -> [SettingsDecoder]? {
    switch node.content {
    case .sequence(let items): return items.map { SettingsDecoder(node: $0, context: context) }
    case .scalar(let scalar) where scalar.kind != .null: return [self]
    case .scalar, .mapping:
      errorExpected(expected)
      return nil
    }
  }

  /// The texts of a sequence or of one scalar.
  func texts(_ expected: String, of item: String) -> [String]? {
    guard let items = list(expected) else { return nil }
    let texts = items.compactMap { $0.nonEmptyText(item) }
    return texts.count == items.count ? texts : nil
  }

  /// The keys of a mapping.
  ///
  /// - Parameters:
  ///   - noun: what diagnostics call the mapping, where that is not the noun of its table.
  ///   - hint: what to write instead of a text that stands in the mapping's place.
  func mapping(
    _ table: KeyTable, _ expected: String = "a mapping", as noun: String? = nil, hint: (String) -> String? = { _ in nil }
  ) -> MappingDecoder? {
    guard let pairs = node.mapping else {
      errorExpected(expected, write: node.scalar.flatMap { hint($0.text) })
      return nil
    }
    return MappingDecoder(pairs: pairs, span: node.span, table: table, noun: noun, context: context)
  }
}
