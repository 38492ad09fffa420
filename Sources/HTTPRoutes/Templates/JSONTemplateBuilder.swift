// Compiles a tree of values with texts that may be templates, from YAML or from JSON, into a JSON template.

package import JSONText

/// A value as it was written, before its texts are read as templates. Marks are the caller's, who knows what they mean.
package indirect enum TemplateTree {
  /// A number, true, false or null, as JSON has it.
  case literal([UInt8])
  case text(String, mark: Int)
  case list([TemplateTree])
  case object([(name: String, mark: Int, value: TemplateTree)], mark: Int)
}

/// What is wrong with a text of a tree.
package struct TemplateTreeProblem: Equatable {
  package let mark: Int
  /// In characters of the text; nil for all of it.
  package let range: Range<Int>?
  package let message: String
}

/// Compiles one tree, and keeps everything that is wrong with it.
package struct JSONTemplateBuilder {
  private let scope: TemplateScope
  private let escape: TemplateEscape
  private let place: (_ mark: Int, _ offset: Int) -> String
  package private(set) var problems: [TemplateTreeProblem] = []

  /// - Parameters:
  ///   - isMarkup: the JSON is sent as HTML or XML.
  ///   - place: names the place of a character of a text, for the log.
  package init(scope: TemplateScope, isMarkup: Bool, place: @escaping (_ mark: Int, _ offset: Int) -> String) {
    self.scope = scope
    escape = isMarkup ? .jsonInMarkup : .json
    self.place = place
  }

  /// Nil after a problem.
  package mutating func build(_ tree: TemplateTree) -> JSONTemplate? {
    let root = node(tree)
    return problems.isEmpty ? JSONTemplate(root: root, escape: escape) : nil
  }

  private static let null = JSONTemplate.Node.literal(Array("null".utf8))

  private mutating func node(_ tree: TemplateTree) -> JSONTemplate.Node {
    switch tree {
    case .literal(let octets): return .literal(octets)
    case .text(let text, let mark): return self.text(text, mark)
    case .list(let items):
      let nodes = items.map { node($0) }
      return joined(nodes).map { .literal([UInt8(ascii: "[")] + $0 + [UInt8(ascii: "]")]) } ?? .array(nodes)
    case .object(let members, let mark):
      if members.contains(where: { ["$each", "$repeat", "$give"].contains($0.name) }) { return loop(members, mark) }
      return object(members)
    }
  }

  /// The items with commas between them, if all are literal.
  private func joined(_ nodes: [JSONTemplate.Node]) -> [UInt8]? {
    var octets: [UInt8] = []
    for (index, node) in nodes.enumerated() {
      guard case .literal(let literal) = node else { return nil }
      if index > 0 { octets.append(UInt8(ascii: ",")) }
      octets += literal
    }
    return octets
  }

  // MARK: Texts

  private mutating func parts(_ text: String, _ mark: Int) -> [TemplatePart]? {
    let place = place
    do throws(TemplateError) {
      let parts = try TemplateReader.parts(of: text, scope: scope) { place(mark, $0) }
      for part in parts {
        guard case .expression(let expression, let range) = part, expression.filters.contains(.raw) else { continue }
        throw TemplateError(range: range, message: "\"| raw\" is for text; in JSON a value is escaped as JSON has it")
      }
      return parts
    } catch {
      problems.append(TemplateTreeProblem(mark: mark, range: error.range, message: error.message))
      return nil
    }
  }

  private mutating func text(_ text: String, _ mark: Int) -> JSONTemplate.Node {
    guard let parts = parts(text, mark) else { return Self.null }
    if case .expression(let expression, _)? = parts.first, parts.count == 1 { return .value(expression) }
    let template = Template(parts, escape: escape)
    return template.literal.map { .literal([UInt8(ascii: "\"")] + $0 + [UInt8(ascii: "\"")]) } ?? .text(template)
  }

  /// The whole text as an expression, with braces or without.
  private mutating func expression(_ text: String, _ mark: Int) -> TemplateExpression? {
    do throws(TemplateError) {
      guard text.utf8.contains(UInt8(ascii: "{")) else {
        return try TemplateReader.expression(of: text, scope: scope, place: place(mark, 0))
      }
      guard let parts = parts(text, mark) else { return nil }
      if case .expression(let expression, _)? = parts.first, parts.count == 1 { return expression }
      throw TemplateError(range: 0..<text.unicodeScalars.count, message: "expected one expression")
    } catch {
      problems.append(TemplateTreeProblem(mark: mark, range: error.range, message: error.message))
      return nil
    }
  }

  // MARK: Objects

  private mutating func object(_ members: [(name: String, mark: Int, value: TemplateTree)]) -> JSONTemplate.Node {
    var result: [JSONTemplate.Member] = []
    var names: Set<String> = []
    var isVariable = false
    for member in members {
      let name = name(member.name, member.mark)
      if case .literal(let octets) = name {
        names.insert(String(decoding: octets.dropFirst().dropLast(), as: UTF8.self))
      } else {
        isVariable = true
      }
      let value = node(member.value)
      // Neighbours that are always there become one.
      if case .literal(let octets) = value, case .literal(let own) = name, let last = result.last, case .literal(let before) = last.value,
        case .literal = last.name
      {
        result[result.count - 1] = JSONTemplate.Member(
          name: last.name, value: .literal(before + [UInt8(ascii: ",")] + own + [UInt8(ascii: ":")] + octets))
      } else {
        result.append(JSONTemplate.Member(name: name, value: value))
      }
    }
    if result.isEmpty { return .literal(Array("{}".utf8)) }
    if result.count == 1, case .literal(let name) = result[0].name, case .literal(let value) = result[0].value {
      return .literal([UInt8(ascii: "{")] + name + [UInt8(ascii: ":")] + value + [UInt8(ascii: "}")])
    }
    return .object(result, names: isVariable ? names : [])
  }

  private mutating func name(_ text: String, _ mark: Int) -> JSONTemplate.Member.Name {
    let text = ["$$each", "$$repeat", "$$give"].contains(text) ? String(text.dropFirst()) : text
    let template = Template(parts(text, mark) ?? [], escape: escape)
    return template.literal.map { .literal([UInt8(ascii: "\"")] + $0 + [UInt8(ascii: "\"")]) } ?? .text(template)
  }

  // MARK: Lists

  /// `{$repeat: 20, $give: …}` or `{$each: json.items, $give: …}`.
  private mutating func loop(_ members: [(name: String, mark: Int, value: TemplateTree)], _ mark: Int) -> JSONTemplate.Node {
    guard members.count == 2, let give = members.first(where: { $0.name == "$give" }),
      let head = members.first(where: { $0.name == "$each" || $0.name == "$repeat" })
    else {
      let message = "a list is written {$each: LIST, $give: VALUE} or {$repeat: COUNT, $give: VALUE}; $$each is a literal $each"
      problems.append(TemplateTreeProblem(mark: mark, range: nil, message: message))
      return Self.null
    }
    guard scope.loops.count < TemplateScope.maxLoopDepth else {
      problems.append(TemplateTreeProblem(mark: mark, range: nil, message: "more than \(TemplateScope.maxLoopDepth) lists within lists"))
      return Self.null
    }
    let isEach = head.name == "$each"
    let items = isEach ? each(head.value, head.mark) : count(head.value, head.mark)
    let node = within(isEach ? .each : .repeating) { $0.node(give.value) }
    guard let items else { return Self.null }
    return .loop(JSONTemplate.Loop(items: items, give: node, place: place(head.mark, 0)))
  }

  private mutating func within(_ loop: TemplateScope.Loop, _ body: (inout Self) -> JSONTemplate.Node) -> JSONTemplate.Node {
    var copy = self
    let node = scope.within(loop) { body(&copy) }
    problems = copy.problems
    return node
  }

  private mutating func count(_ tree: TemplateTree, _ mark: Int) -> JSONTemplate.Loop.Items? {
    switch tree {
    case .literal(let octets):
      if let count = JSONNumber(String(decoding: octets, as: UTF8.self))?.integer, (0...TemplateRun.maxItemCount).contains(count) {
        return .count(count)
      }
    case .text(let text, let mark): return expression(text, mark).map { .counted($0) }
    case .list, .object: break
    }
    let message = "$repeat is a number from 0 to \(TemplateRun.maxItemCount), or an expression such as \"{{query.count}}\""
    problems.append(TemplateTreeProblem(mark: mark, range: nil, message: message))
    return nil
  }

  private mutating func each(_ tree: TemplateTree, _ mark: Int) -> JSONTemplate.Loop.Items? {
    switch tree {
    case .text(let text, let mark): return expression(text, mark).map { .each($0) }
    case .list:
      let known = problems.count
      if case .literal(let octets) = node(tree), problems.count == known, let value = try? JSONValue(parsing: octets) {
        return .each(TemplateExpression(text: "", name: "", place: "", source: .constant(value), filters: []))
      }
      if problems.count > known { return nil }
    case .literal, .object: break
    }
    let message = "$each is an expression such as json.items, or a list without expressions"
    problems.append(TemplateTreeProblem(mark: mark, range: nil, message: message))
    return nil
  }
}

extension TemplateTree {
  /// The tree of a value of JSON. The marks count its texts and objects from 0, in the order of the text.
  package init(_ value: JSONValue) {
    var count = 0
    self = Self.tree(value, &count)
  }

  private static func tree(_ value: JSONValue, _ count: inout Int) -> TemplateTree {
    func mark() -> Int {
      count += 1
      return count - 1
    }
    switch value {
    case .null, .bool, .number: return .literal(JSONWriter.octets(of: value))
    case .string(let text): return .text(text, mark: mark())
    case .array(let items): return .list(items.map { tree($0, &count) })
    case .object(let object):
      let own = mark()
      var members: [(name: String, mark: Int, value: TemplateTree)] = []
      for member in object.members { members.append((member.name, mark(), tree(member.value, &count))) }
      return .object(members, mark: own)
    }
  }
}
