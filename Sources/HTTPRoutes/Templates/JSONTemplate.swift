// A JSON text with expressions in it, compiled. What no request has a say in is octets; a scalar that is one expression
// is that value with its type, so whatever a client sends, the answer stays JSON.

import HTTPCore
package import JSONText

/// The tree of a JSON answer.
package struct JSONTemplate: Equatable, Sendable {
  indirect enum Node: Equatable, Sendable {
    /// JSON as it is sent.
    case literal([UInt8])
    /// The value itself, null where it is missing.
    case value(TemplateExpression)
    /// A string with expressions inside.
    case text(Template)
    case array([Node])
    /// With the names that are literal where others are not: those win.
    case object([Member], names: Set<String>)
    case loop(Loop)
  }

  struct Member: Equatable, Sendable {
    enum Name: Equatable, Sendable {
      /// With its quotes, as JSON has it.
      case literal([UInt8])
      case text(Template)
    }

    let name: Name
    let value: Node
  }

  /// `$repeat` or `$each`, and what each time gives.
  struct Loop: Equatable, Sendable {
    enum Items: Equatable, Sendable {
      case count(Int)
      /// A number of times.
      case counted(TemplateExpression)
      /// A list.
      case each(TemplateExpression)
    }

    let items: Items
    let give: Node
    let place: String

    /// Wherever it stands, as for an expression.
    static func == (left: Self, right: Self) -> Bool { left.items == right.items && left.give == right.give }
  }

  let root: Node
  /// `.jsonInMarkup` where the JSON is sent as HTML or XML.
  let escape: TemplateEscape

  init(root: Node, escape: TemplateEscape) {
    self.root = root
    self.escape = escape
  }

  /// - Parameter octets: a JSON text.
  package init(literal octets: [UInt8]) { self.init(root: .literal(octets), escape: .json) }

  /// The whole text, if no request has a say in it.
  package var literal: [UInt8]? { if case .literal(let octets) = root { octets } else { nil } }

  package var needsBody: Bool { Self.needsBody(root) }

  /// The text as it was written, but for blanks: an expression that is a value stands without quotes.
  package var shown: String { Self.shown(root) }

  /// The JSON text for one request.
  package func octets(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> [UInt8] {
    var octets: [UInt8] = []
    if try !append(root, to: &octets, for: request, &run) { octets = Array("null".utf8) }
    return octets
  }

  /// The same as a value, within the bounds of a body that is read.
  package func value(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> JSONValue {
    let octets = try octets(for: request, &run)
    do throws(JSONError) {
      return try JSONValue(parsing: octets)
    } catch {
      throw TemplateFailure(reason: .unsendable("the value breaks a bound: \(error.message)"), place: Self.place(root))
    }
  }

  // MARK: Rendering

  /// Appends a value. False where it is to be left out: then what has been appended is to be dropped.
  private func append(
    _ node: Node, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Bool {
    switch node {
    case .literal(let literal): octets += literal
    case .value(let expression): return try append(expression, to: &octets, for: request, &run)
    case .text(let template):
      octets.append(UInt8(ascii: "\""))
      guard try template.append(to: &octets, for: request, &run) else { return false }
      octets.append(UInt8(ascii: "\""))
    case .array(let items):
      octets.append(UInt8(ascii: "["))
      let start = octets.count
      for item in items { try appendItem(item, start, to: &octets, for: request, &run) }
      octets.append(UInt8(ascii: "]"))
    case .object(let members, let names):
      octets.append(UInt8(ascii: "{"))
      try append(members, names, to: &octets, for: request, &run)
      octets.append(UInt8(ascii: "}"))
    case .loop(let loop): try append(loop, to: &octets, for: request, &run)
    }
    return true
  }

  private func append(
    _ expression: TemplateExpression, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Bool {
    if expression.filters.isEmpty, expression.source.isText(for: request) {
      octets.append(UInt8(ascii: "\""))
      if run.appendPlain(expression.source, escape, for: request, to: &octets) {
        octets.append(UInt8(ascii: "\""))
        return true
      }
      octets.removeLast()
    }
    let value = try run.value(of: expression, for: request)
    if value == .omitted { return false }
    if let json = value.json { escape.append(json, to: &octets) } else { octets += "null".utf8 }
    try TemplateRun.check(octets.count, expression.place)
    return true
  }

  /// Appends an item and the comma before it, or neither.
  private func appendItem(
    _ item: Node, _ start: Int, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) {
    let end = octets.count
    if end > start { octets.append(UInt8(ascii: ",")) }
    if try !append(item, to: &octets, for: request, &run) { octets.removeLast(octets.count - end) }
  }

  private func append(
    _ members: [Member], _ names: Set<String>, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) {
    let start = octets.count
    var names = names
    for member in members {
      let end = octets.count
      if end > start { octets.append(UInt8(ascii: ",")) }
      if try !append(member, &names, to: &octets, for: request, &run) { octets.removeLast(octets.count - end) }
    }
  }

  private func append(
    _ member: Member, _ names: inout Set<String>, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Bool {
    switch member.name {
    case .literal(let name): octets += name
    case .text(let template):
      let start = octets.count
      octets.append(UInt8(ascii: "\""))
      // A client that chooses a name must not replace another member by it.
      guard try template.append(to: &octets, for: request, &run),
        names.insert(String(decoding: octets[(start + 1)...], as: UTF8.self)).inserted
      else { return false }
      octets.append(UInt8(ascii: "\""))
    }
    octets.append(UInt8(ascii: ":"))
    return try append(member.value, to: &octets, for: request, &run)
  }

  private func append(
    _ loop: Loop, to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) {
    var items: [JSONValue]?
    let count: Int
    switch loop.items {
    case .count(let number): count = number
    case .counted(let expression):
      count = max(try run.value(of: expression, for: request).number?.decimal.rounded(places: 0)?.clamped ?? 0, 0)
    case .each(let expression):
      // What is not a list has no items.
      if case .array(let list)? = try run.value(of: expression, for: request).json { items = list }
      count = items?.count ?? 0
    }
    octets.append(UInt8(ascii: "["))
    let start = octets.count
    try run.begin(count, place: loop.place)
    for index in 0..<count {
      run.enter(index, of: items)
      defer { run.leave() }
      try appendItem(loop.give, start, to: &octets, for: request, &run)
      try TemplateRun.check(octets.count, loop.place)
    }
    octets.append(UInt8(ascii: "]"))
  }

  // MARK: Looking through

  private static func needsBody(_ node: Node) -> Bool {
    switch node {
    case .literal: false
    case .value(let expression): expression.needsBody
    case .text(let template): template.needsBody
    case .array(let items): items.contains { needsBody($0) }
    case .object(let members, _):
      members.contains { member in
        if case .text(let template) = member.name, template.needsBody { return true }
        return needsBody(member.value)
      }
    case .loop(let loop):
      switch loop.items {
      case .count: needsBody(loop.give)
      case .counted(let expression), .each(let expression): expression.needsBody || needsBody(loop.give)
      }
    }
  }

  private static func shown(_ node: Node) -> String {
    switch node {
    case .literal(let octets): return String(decoding: octets, as: UTF8.self)
    case .value(let expression): return "{{\(expression.text)}}"
    case .text(let template): return "\"\(template.shown)\""
    case .array(let items): return "[\(items.map { shown($0) }.joined(separator: ","))]"
    case .object(let members, _): return "{\(members.map { shown($0) }.joined(separator: ","))}"
    case .loop(let loop):
      let head =
        switch loop.items {
        case .count(let count): "\"$repeat\":\(count)"
        case .counted(let expression): "\"$repeat\":{{\(expression.text)}}"
        case .each(let expression): "\"$each\":{{\(expression.text)}}"
        }
      return "{\(head),\"$give\":\(shown(loop.give))}"
    }
  }

  private static func shown(_ member: Member) -> String {
    switch member.name {
    case .literal(let octets): String(decoding: octets, as: UTF8.self) + ":" + shown(member.value)
    case .text(let template): "\"\(template.shown)\":" + shown(member.value)
    }
  }

  /// Where the first expression stands.
  private static func place(_ node: Node) -> String {
    switch node {
    case .literal: ""
    case .value(let expression): expression.place
    case .text(let template): template.place
    case .array(let items): items.lazy.map { place($0) }.first { !$0.isEmpty } ?? ""
    case .object(let members, _): members.lazy.map { place($0.value) }.first { !$0.isEmpty } ?? ""
    case .loop(let loop): loop.place
    }
  }
}

extension JSONDecimal {
  /// The whole number, at the nearest end of Int where it does not fit.
  fileprivate var clamped: Int { integer ?? (isNegative ? .min : .max) }
}

extension TemplateSource {
  /// Whether the value is a text that the request has, or that is made.
  @inline(__always)
  fileprivate func isText(for request: borrowing RequestValues) -> Bool {
    switch self {
    case .parameter, .uuid, .now(.milliseconds), .now(.date), .now(.http): true
    case .value(.query(let name)):
      if let query = request.head.query {
        QueryParameters.contains(name, in: request.bytes.extracting(query)) { _ in true }
      } else {
        false
      }
    default: false
    }
  }
}
