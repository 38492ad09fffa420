// A node of the configuration as the JSON it means: keys in their order, numbers in their spelling, strings escaped,
// placeholders kept as places to fill. No number is ever read into a floating-point value and written out again.

import JSONText
import YAMLDocument

/// Writes one JSON body.
struct JSONBodyEncoder {
  private let pattern: PathPattern?
  private let isMarkup: Bool
  private let context: DecodingContext
  private var parts: [BodyTemplate.Part] = []
  private var literal: [UInt8] = []
  private var failed = false

  /// Nil after reporting what cannot be said in JSON.
  ///
  /// - Parameters:
  ///   - isMarkup: the JSON is sent as HTML or XML.
  static func encode(_ node: YAMLNode, pattern: PathPattern?, isMarkup: Bool = false, context: DecodingContext) -> BodyTemplate? {
    var encoder = JSONBodyEncoder(pattern: pattern, isMarkup: isMarkup, context: context)
    encoder.append(node)
    encoder.flush()
    return encoder.failed ? nil : BodyTemplate(parts: encoder.parts)
  }

  private init(pattern: PathPattern?, isMarkup: Bool, context: DecodingContext) {
    self.pattern = pattern
    self.isMarkup = isMarkup
    self.context = context
  }

  private mutating func append(_ node: YAMLNode) {
    switch node.content {
    case .sequence(let items):
      literal.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { literal.append(UInt8(ascii: ",")) }
        append(item)
      }
      literal.append(UInt8(ascii: "]"))
    case .mapping(let pairs):
      literal.append(UInt8(ascii: "{"))
      for (index, pair) in pairs.enumerated() {
        if index > 0 { literal.append(UInt8(ascii: ",")) }
        // JSON has no keys but strings, so `404:` is "404", as every YAML-to-JSON converter has it.
        append(string: pair.key.text, node: YAMLNode(.scalar(pair.key), span: pair.keySpan), isKey: true)
        literal.append(UInt8(ascii: ":"))
        append(pair.value)
      }
      literal.append(UInt8(ascii: "}"))
    case .scalar(let scalar):
      append(scalar, node: node)
    }
  }

  private mutating func append(_ scalar: YAMLScalar, node: YAMLNode) {
    switch scalar.kind {
    case .null: literal += "null".utf8
    case .bool: literal += (scalar.boolValue == true ? "true" : "false").utf8
    case .string: append(string: scalar.text, node: node, isKey: false)
    case .int, .float:
      if let spelling = Self.number(scalar.text) {
        literal += spelling.utf8
      } else {
        fail("JSON has no \(scalar.text); put it in quotes to send it as a string", at: node.span)
      }
    }
  }

  private mutating func append(string text: String, node: YAMLNode, isKey: Bool) {
    let pieces: [TemplateText.Piece]
    do throws(TemplateError) {
      pieces = try TemplateText.pieces(of: text, pattern: pattern)
    } catch {
      fail(error.message, at: node.span(ofScalars: error.range))
      return
    }
    if case .placeholder(let source, .number, _)? = pieces.first, pieces.count == 1, !isKey {
      flush()
      parts.append(.placeholder(source, isMarkup ? .jsonNumberInMarkup : .jsonNumber))
      return
    }
    literal.append(UInt8(ascii: "\""))
    for piece in pieces {
      switch piece {
      case .text(let text):
        JSONString.appendEscaped(text, to: &literal)
      case .placeholder(let source, let filter, let range):
        switch filter {
        case .number: fail("a number cannot be part of a longer string; leave out \"| number\"", at: node.span(ofScalars: range))
        case .html, .raw:
          fail("\"| html\" and \"| raw\" are for text; in JSON a value is escaped as JSON has it", at: node.span(ofScalars: range))
        case nil: break
        }
        flush()
        parts.append(.placeholder(source, isMarkup ? .jsonStringInMarkup : .jsonString))
      }
    }
    literal.append(UInt8(ascii: "\""))
  }

  private mutating func flush() {
    if !literal.isEmpty { parts.append(.literal(literal)) }
    literal = []
  }

  private mutating func fail(_ message: String, at span: SourceSpan) {
    context.error(message, at: span)
    failed = true
  }

  /// The spelling of a YAML number in JSON, its own where JSON has it; nil for what JSON has no number for.
  static func number(_ text: String) -> String? {
    if JSONNumber.isSpelling(text) { return text }
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { String($0) } }
    if text.hasPrefix("0o") { return UInt64(text.dropFirst(2), radix: 8).map { String($0) } }
    var rest = text[...]
    var spelling = ""
    if rest.hasPrefix("-") { spelling = "-" }
    if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
    let whole = rest.prefix { $0.isASCII && $0.isNumber }
    let significant = whole.drop { $0 == "0" }
    spelling += significant.isEmpty ? "0" : String(significant)
    rest = rest.dropFirst(whole.count)
    // `.5` and `5.` lack a digit that JSON wants.
    if rest.hasPrefix(".") {
      rest.removeFirst()
      let fraction = rest.prefix { $0.isASCII && $0.isNumber }
      spelling += "." + (fraction.isEmpty ? "0" : String(fraction))
      rest = rest.dropFirst(fraction.count)
    }
    spelling += rest
    return JSONNumber.isSpelling(spelling) ? spelling : nil
  }
}
