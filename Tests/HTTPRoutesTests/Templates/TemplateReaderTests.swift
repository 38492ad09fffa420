// The grammar of templates, and the errors of what is none.

import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct TemplateReaderTests {
  private func parts(_ text: String) throws -> [TemplatePart] {
    try TemplateReader.parts(of: text, scope: TemplateScope(pattern: try PathPattern(parsing: "/a/{id}/**"))) { "t:1:\($0 + 1)" }
  }

  private func expression(_ text: String) throws -> TemplateExpression? {
    if case .expression(let expression, _)? = try parts("{{\(text)}}").first { expression } else { nil }
  }

  @Test func `a text is cut into literals and expressions with their ranges`() throws {
    let parts = try parts("a{{ path.id | upper }}b{ {{path.**}}")
    #expect(parts.count == 4)
    #expect(parts[0] == .text("a"))
    #expect(parts[2] == .text("b{ "))
    guard case .expression(let first, let range) = parts[1], case .expression(let second, let other) = parts[3] else {
      return #expect(Bool(false))
    }
    #expect(first.text == "path.id | upper" && first.name == "path.id" && first.place == "t:1:2" && range == 1..<22)
    #expect(second.source == .rest && other == 25..<36)
  }

  @Test(
    arguments: [
      ("query['odd name']", TemplateSource.value(.query("odd name"))), ("query[\"a]'b\"]", .value(.query("a]'b"))),
      ("query.filter[name]", .value(.query("filter[name]"))), ("query.tag.all", .all(.query("tag"))),
      ("query['tag'].all", .all(.query("tag"))), ("headers.X-Request-ID", .value(.header("x-request-id"))),
      ("cookies.a", .value(.cookie("a"))), ("form.a.all", .all(.form("a"))), ("json", .json([])),
      ("json.a[0][-1]['b.c'].d", .json([.member("a"), .item(0), .item(-1), .member("b.c"), .member("d")])),
      ("json[0]", .json([.item(0)])), ("now", .now(.milliseconds)), ("now.unix_ms", .now(.unixMilliseconds)),
      ("counter", .counter(place: 1)), ("counter.a", .sharedCounter("a")), ("random.int(-1, 6)", .random(.integer(-1...6))),
      ("random.float(0, 1.5)", .random(.decimal(0...150, digits: 2))), ("random.bool", .random(.bool)),
      ("random.of('a', 2)", .random(.one(of: [.string("a"), .number(JSONNumber(2))]))),
      ("random.date(-1d, '0s')", .random(.date(-86_400_000...0))), ("state.order", .state("order")), ("request.id", .requestID),
      ("-1.50", .constant(.number(JSONNumber("-1.50")!))), ("true", .constant(.bool(true))), ("null", .constant(.null)),
      ("fake.first_name", .fake(.firstName)),
    ])
  func `a source is read as what it means`(_ text: String, _ source: TemplateSource) throws {
    #expect(try expression(text)?.source == source)
  }

  @Test func `strings take either quote and escapes, and may have braces in them`() throws {
    #expect(try parts(#"{{ 'a"}}\'\n\d\\' }}"#) == [.text("a\"}}'\n\\d\\")])
    #expect(try parts(#"{{ "{{" }}{{ "'" }}"#) == [.text("{{'")])
  }

  @Test(
    arguments: [
      ("{{path.ide}}", 2, "the path /a/{id}/** has no parameter {ide} (did you mean \"id\"?)"),
      ("x {{pth.id}}", 4, "unknown source \"pth.id\" (did you mean \"path\"?); there are path.NAME, path.**, query.NAME, query.NAME.all"),
      ("{{}}", 2, "a source is missing, such as path.id; there are path.NAME"), ("{{ | upper}}", 3, "a source is missing"),
      ("{{query}}", 7, "query needs a name: query.page"), ("{{query. }}", 7, "query needs a name: query.page"),
      ("{{method.upper}}", 2, "method has no \".upper\""), ("{{now.unixx}}", 2, "unknown source \"now.unixx\" (did you mean \"unix\"?)"),
      ("{{fake.nme}}", 2, "unknown source \"fake.nme\" (did you mean \"name\"?); there are fake.name, fake.first_name"),
      ("{{fake}}", 6, "fake needs a name: fake.name"), ("{{random}}", 2, "random needs a name: random.int(1, 6)"),
      ("{{random.dice(6)}}", 2, "unknown source \"random.dice\"; there are random.int(1, 6)"),
      ("{{random.int(6, 1)}}", 2, "expected random.int(1, 6): two whole numbers, the smaller first"),
      ("{{random.int}}", 2, "expected random.int(1, 6)"),
      ("{{random.of()}}", 2, "expected random.of('a', 'b'): at least one text or number"),
      ("{{random.text(0)}}", 2, "expected random.text(12): a length from 1 to 10000"),
      ("{{random.date('1d')}}", 2, "expected random.date('-30d', '0s')"),
      ("{{item.a}}", 2, "item has a value inside $each only"), ("{{index}}", 2, "index has a value inside $each and $repeat only"),
      ("{{json[x]}}", 7, "expected an index such as [0] or a name in quotes such as ['odd name']"), ("{{json[0}}", 6, "\"]\" is missing"),
      ("{{json..a}}", 6, "a name is missing behind the period"), ("{{query['a}}", 8, "this quote is not closed"),
      ("{{path.id | uper}}", 12, "unknown filter \"uper\" (did you mean \"upper\"?); there are default('none'), omit, required"),
      ("{{path.id | }}", 12, "a filter is missing"), ("{{path.id upper}}", 10, "expected \"|\" and a filter, or \"}}\""),
      ("{{path.id | upper: 1}}", 17, "expected \"|\" and a filter, or \"}}\"; arguments stand in parentheses: default('none')"),
      ("{{path.id | default}}", 12, "expected default('none'): Stands in for what is missing"),
      ("{{path.id | default(3d)}}", 12, "expected default('none')"), ("{{path.id | upper(1)}}", 12, "expected upper: "),
      ("{{path.id | plus('a')}}", 12, "expected plus(3d), plus(1): "), ("{{path.id | plus(3w)}}", 17, "expected a number, or a duration"),
      ("{{path.id | replace('', 'a')}}", 12, "expected replace('a', 'b')"), ("{{path.id | slice('a')}}", 12, "expected slice(0, 3)"),
      ("{{path.id | round(99)}}", 12, "expected round(2)"), ("{{now | format('%Q')}}", 15, "unknown directive %Q; there are %Y %y %m"),
      ("{{now | format('50%')}}", 15, "a format ends within a directive"),
      ("{{now | zone('Europe/Berlinn')}}", 13, "unknown time zone \"Europe/Berlinn\""),
      ("{{now | zone('../../etc/passwd')}}", 13, "unknown time zone"), ("{{path.id | extract('(')}}", 20, "missing closing parenthesis"),
      ("{{path.id | default(query.a", 0, "\"{{\" without \"}}\""), ("{{path.id | default('a}}", 20, "this quote is not closed"),
      ("{{path.id | default(a)}}", 20, "unknown source \"a\""), ("{{path.id | default(1 }}", 19, "\")\" is missing"),
    ])
  func `an error stands at its characters and says the way out`(_ text: String, _ offset: Int, _ message: String) throws {
    let error = try #require(throws: TemplateError.self) { try parts(text) }
    #expect(error.range.lowerBound == offset && !error.range.isEmpty, "\(error)")
    #expect(error.message.hasPrefix(message), "\(error.message)")
    #expect(!error.message.contains("\n"))
  }

  @Test func `expressions are bounded`() throws {
    #expect(throws: TemplateError.self) { try parts("{{query.\(String(repeating: "a", count: 2_000))}}") }
    #expect(throws: TemplateError.self) { try parts("{{query.a\(String(repeating: " | upper", count: 17))}}") }
    #expect(try expression("query.a" + String(repeating: " | upper", count: 16))?.filters.count == 16)
    #expect(throws: TemplateError.self) { try parts("{{json\(String(repeating: "[0]", count: 33))}}") }
    #expect(throws: TemplateError.self) { try parts("{{random.of(\(Array(repeating: "1", count: 101).joined(separator: ",")))}}") }
    #expect(throws: TemplateError.self) { try parts("{{path.id | default(\(String(repeating: "(", count: 100_000)))}}") }
  }

  @Test func `the first placeholder of a text is found`() {
    #expect(TemplateReader.firstPlaceholder(in: "a {{b}} {{c}}") == 2..<7)
    #expect(TemplateReader.firstPlaceholder(in: "a {{b} {c}") == nil)
    #expect(TemplateReader.firstPlaceholder(in: String(repeating: "{{", count: 100_000)) == nil)
  }

  @Test func `two expressions are equal wherever they stand`() throws {
    #expect(try parts("{{path.id}}") == parts("{{path.id}}"))
    let one = try expression("query.a | extract('a') | zone('UTC')")
    #expect(one == (try expression("query.a | extract('a') | zone('UTC')")))
    #expect(one != (try expression("query.a | extract('b') | zone('UTC')")))
  }
}
