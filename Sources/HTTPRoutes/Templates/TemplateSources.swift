// The table of sources: the reader, the errors that list them and the manual know no other.

import JSONText

/// A source as it is written.
package struct TemplateSourceEntry: Sendable {
  /// The word that it begins with.
  package let name: String
  /// How it is written, `query.NAME`, and what it is, in one sentence each.
  package let spellings: [(shape: String, summary: String)]
  /// Reads what stands behind the word.
  let read: @Sendable (inout TemplateCursor, TemplateScope) throws(TemplateError) -> TemplateSource
}

package enum TemplateSources {
  package static let all: [TemplateSourceEntry] = ofRequest + ofServer + generated + ofLists

  static func entry(_ name: String) -> TemplateSourceEntry? { byName[name] }

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// All spellings.
  package static let shapes = all.flatMap { $0.spellings.map(\.shape) }

  /// The same for errors, of many that begin alike the first.
  static let shownShapes = all.flatMap { entry in
    entry.spellings.count > 8
      ? ["\(entry.spellings[0].shape) and \(entry.spellings.count - 1) more of \(entry.name)"] : entry.spellings.map(\.shape)
  }

  private static func entry(
    _ name: String, _ spellings: [(String, String)],
    _ read: @escaping @Sendable (inout TemplateCursor, TemplateScope) throws(TemplateError) -> TemplateSource
  ) -> TemplateSourceEntry {
    TemplateSourceEntry(name: name, spellings: spellings.map { (shape: $0.0, summary: $0.1) }, read: read)
  }

  private static func word(_ name: String, _ summary: String, _ source: TemplateSource) -> TemplateSourceEntry {
    entry(name, [(name, summary)]) { _, _ throws(TemplateError) in source }
  }

  // MARK: The request

  private static let ofRequest: [TemplateSourceEntry] = [
    entry(
      "path", [("path.NAME", "The parameter {NAME} of the path, decoded."), ("path.**", "What ** matched, an encoded slash as %2F.")]
    ) { cursor, scope throws(TemplateError) in
      let start = cursor.position
      let name = try cursor.name(of: "path", such: "path.id")
      guard let pattern = scope.pattern else { return .constant(.null) }
      if let message = TemplateError.unknownParameter(name, pattern: pattern) {
        throw cursor.error(message, from: start - "path".utf8.count)
      }
      return pattern.parameterNames.firstIndex(of: name).map { .parameter($0) } ?? .rest
    },
    named("query", "page", "The first query parameter of this name, decoded") { .query($0) },
    named("headers", "accept", "The lines of a request field, joined with commas") { .header($0.lowercased()) },
    named("cookies", "session", "The first cookie of this name") { .cookie($0) },
    named("form", "email", "The first field of this name of a form in the body") { .form($0) },
    entry(
      "json",
      [
        ("json", "The body, read as JSON."),
        ("json.user.name", "What stands there in it: .name, [0], [-1] from the end, ['odd name']; numbers keep their spelling."),
      ]
    ) { cursor, _ throws(TemplateError) in .json(try cursor.steps()) },
    word("body", "The body as text.", .value(.body)), word("method", "The method.", .value(.method)),
    word("host", "The host that is asked, without its port, in lower case.", .value(.host)),
    word("url", "The target as it was received, without scheme and host.", .value(.url)),
    word("client", "The client's address, found through trusted proxies.", .value(.client)),
    members(
      "request",
      [
        (
          "id", "The id in the logs: X-Request-ID of a trusted proxy, if it is 1 to 128 of A-Z a-z 0-9 . _ : / + = -; else 32 hex digits.",
          .requestID
        )
      ]),
  ]

  /// `query.page`, and `query.page.all` for a list.
  private static func named(
    _ name: String, _ example: String, _ summary: String, _ make: @escaping @Sendable (String) -> ValueName
  ) -> TemplateSourceEntry {
    entry(name, [("\(name).NAME", summary + "."), ("\(name).NAME.all", "All of that name, as a list.")]) {
      cursor, _ throws(TemplateError) in
      let isQuoted = cursor.begins(with: "[")
      let text = try cursor.name(of: name, such: "\(name).\(example)")
      if isQuoted { return cursor.take(".all") ? .all(make(text)) : .value(make(text)) }
      guard text.hasSuffix(".all"), text.utf8.count > 4 else { return .value(make(text)) }
      return .all(make(String(text.dropLast(4))))
    }
  }

  /// A word, a period and one of a few others.
  private static func members(
    _ name: String, _ members: [(name: String, summary: String, source: TemplateSource)],
    alone: (String, TemplateSource)? = nil
  ) -> TemplateSourceEntry {
    let spellings = (alone.map { [(name, $0.0)] } ?? []) + members.map { ("\(name).\($0.name)", $0.summary) }
    return entry(name, spellings) { cursor, _ throws(TemplateError) in
      let start = cursor.position
      guard cursor.take(".") else {
        if let alone { return alone.1 }
        throw cursor.error("\(name) needs a name: \(spellings.map(\.0).joined(separator: ", "))")
      }
      let word = cursor.word()
      if let member = members.first(where: { $0.name == word }) { return member.source }
      let known = members.map(\.name)
      throw cursor.error(
        "unknown source \"\(name).\(word.excerpted)\"\(Suggestion.phrase(for: word, among: known)); "
          + "there are \(spellings.map(\.0).joined(separator: ", "))", from: start - name.utf8.count)
    }
  }

  // MARK: The server

  private static let ofServer: [TemplateSourceEntry] = [
    word("route", "The id of the route.", .route),
    members(
      "now",
      [
        ("unix", "Seconds since 1970, a number.", .now(.unix)),
        ("unix_ms", "Milliseconds since 1970, a number.", .now(.unixMilliseconds)),
        ("date", "The date in UTC, 2026-01-15.", .now(.date)), ("http", "The time as HTTP writes it.", .now(.http)),
      ], alone: ("The time: RFC 3339 in UTC with milliseconds.", .now(.milliseconds))),
    entry(
      "counter",
      [("counter", "The count of this place, from 1."), ("counter.NAME", "The count of this name, from 1, shared by all routes.")]
    ) { cursor, scope throws(TemplateError) in
      guard cursor.begins(with: ".") || cursor.begins(with: "[") else { return .counter(place: scope.nextCounter()) }
      return .sharedCounter(try cursor.name(of: "counter", such: "counter.invoices"))
    },
    entry("state", [("state.NAME", "The value of a state.")]) { cursor, scope throws(TemplateError) in
      let start = cursor.position
      let name = try cursor.name(of: "state", such: "state.order")
      if let states = scope.states, !states.contains(name) {
        let advice = states.isEmpty ? "; declare it at the top of the main file" : Suggestion.phrase(for: name, among: states)
        throw cursor.error("there is no state \"\(name.excerpted)\"\(advice)", from: start - "state".utf8.count)
      }
      return .state(name)
    },
  ]

  // MARK: Made

  private static let generated: [TemplateSourceEntry] = [
    word("uuid", "A random UUID of version 4.", .uuid),
    entry("random", TemplateRandomReader.spellings) { cursor, _ throws(TemplateError) in
      .random(try TemplateRandomReader.read(&cursor))
    },
    members("fake", FakeData.allCases.map { ($0.rawValue, summary(of: $0), .fake($0)) }),
  ]

  private static func summary(of kind: FakeData) -> String {
    switch kind {
    case .name: "A first and a last name."
    case .email: "An address at example.com, example.org or example.net."
    case .phone: "A telephone number that is reserved for fiction."
    case .ipv4: "An address that is reserved for documentation."
    case .price: "A number with two digits behind the point."
    case .postcode: "Five digits."
    case .street: "A street with a number."
    case .url: "A URL at an example domain."
    case .word, .sentence, .paragraph: "English words that mean nothing."
    case .firstName, .lastName, .userName, .company, .city, .country: "A \(kind.rawValue.replacing("_", with: " "))."
    }
  }

  // MARK: Lists

  private static let ofLists: [TemplateSourceEntry] = [
    entry("item", [("item", "The item, inside $each."), ("item.name", "What stands there in it.")]) {
      cursor, scope throws(TemplateError) in
      let start = cursor.position - "item".utf8.count
      let steps = try cursor.steps()
      guard scope.loops.contains(.each) else { throw cursor.error("item has a value inside $each only", from: start) }
      return .item(steps)
    },
    entry("index", [("index", "The position in the list, from 0, inside $each and $repeat.")]) { cursor, scope throws(TemplateError) in
      if scope.loops.isEmpty {
        throw cursor.error("index has a value inside $each and $repeat only", from: cursor.position - "index".utf8.count)
      }
      return .index
    },
  ]
}
