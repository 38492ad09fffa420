// A node of the configuration as the JSON it means: keys in their order, numbers in their spelling, strings as
// templates. No number is ever read into a floating-point value and written out again.

import JSONText
import YAMLDocument

/// Reads one JSON text with templates in it.
struct JSONBodyEncoder {
  private let context: DecodingContext
  /// Where the texts of the tree stand, by their marks, and the texts.
  private var nodes: [YAMLNode] = []
  private var failed = false

  /// The JSON that any node means. Nil after reporting what is wrong.
  ///
  /// - Parameters:
  ///   - isMarkup: the JSON is sent as HTML or XML.
  static func encode(_ node: YAMLNode, scope: TemplateScope, isMarkup: Bool = false, context: DecodingContext) -> JSONTemplate? {
    var octets: [UInt8] = []
    if appendLiteral(node, to: &octets) { return JSONTemplate(literal: octets) }
    var encoder = JSONBodyEncoder(context: context)
    let tree = encoder.tree(node)
    let nodes = encoder.nodes
    var builder = JSONTemplateBuilder(scope: scope, isMarkup: isMarkup) { mark, offset in
      "\(nodes[mark].span(ofScalars: offset..<offset + 1).inFile(context.file))"
    }
    let template = builder.build(tree)
    for problem in builder.problems {
      let node = nodes[problem.mark]
      context.error(problem.message, at: problem.range.map { node.span(ofScalars: $0) } ?? node.span)
    }
    return encoder.failed ? nil : template
  }

  // MARK: Without templates

  /// Appends the JSON of a value in which nothing is a template, as in most bodies. False for one that needs a closer
  /// look: then what has been appended is of no use.
  private static func appendLiteral(_ node: YAMLNode, to octets: inout [UInt8]) -> Bool {
    switch node.content {
    case .sequence(let items):
      octets.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { octets.append(UInt8(ascii: ",")) }
        guard appendLiteral(item, to: &octets) else { return false }
      }
      octets.append(UInt8(ascii: "]"))
    case .mapping(let pairs):
      octets.append(UInt8(ascii: "{"))
      for (index, pair) in pairs.enumerated() {
        if index > 0 { octets.append(UInt8(ascii: ",")) }
        guard pair.key.text.utf8.first != UInt8(ascii: "$"), appendLiteral(pair.key.text, to: &octets) else { return false }
        octets.append(UInt8(ascii: ":"))
        guard appendLiteral(pair.value, to: &octets) else { return false }
      }
      octets.append(UInt8(ascii: "}"))
    case .scalar(let scalar):
      switch scalar.kind {
      case .null: octets += "null".utf8
      case .bool: octets += (scalar.boolValue == true ? "true" : "false").utf8
      case .string: return appendLiteral(scalar.text, to: &octets)
      case .int, .float:
        guard let spelling = number(scalar.text) else { return false }
        octets += spelling.utf8
      }
    }
    return true
  }

  private static func appendLiteral(_ text: String, to octets: inout [UInt8]) -> Bool {
    if text.utf8.contains(UInt8(ascii: "{")) { return false }
    JSONString.append(text, to: &octets)
    return true
  }

  // MARK: With templates

  private init(context: DecodingContext) {
    self.context = context
  }

  private mutating func tree(_ node: YAMLNode) -> TemplateTree {
    switch node.content {
    case .sequence(let items): return .list(items.map { tree($0) })
    case .mapping(let pairs):
      let own = mark(node)
      var members: [(name: String, mark: Int, value: TemplateTree)] = []
      for pair in pairs {
        // JSON has no keys but strings, so `404:` is "404", as every YAML-to-JSON converter has it.
        let key = mark(YAMLNode(.scalar(pair.key), span: pair.keySpan))
        members.append((pair.key.text, key, tree(pair.value)))
      }
      return .object(members, mark: own)
    case .scalar(let scalar): return tree(scalar, node)
    }
  }

  private mutating func mark(_ node: YAMLNode) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func tree(_ scalar: YAMLScalar, _ node: YAMLNode) -> TemplateTree {
    switch scalar.kind {
    case .null: return .literal(Array("null".utf8))
    case .bool: return .literal(Array((scalar.boolValue == true ? "true" : "false").utf8))
    case .string: return .text(scalar.text, mark: mark(node))
    case .int, .float:
      if let spelling = Self.number(scalar.text) { return .literal(Array(spelling.utf8)) }
      context.error("JSON has no \(scalar.text); put it in quotes to send it as a string", at: node.span)
      failed = true
      return .literal(Array("null".utf8))
    }
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
