// What matches, what a match reports, and the bounds of what one may cost.

import RegularExpressions
import Testing

@Suite struct RegularExpressionTests {
  @Test(arguments: [
    ("a+b", "xaabx", true, false), ("a+b", "aab", true, true), ("a|ab", "ab", true, true), ("^ab$", "ab", true, true),
    ("^b", "ab", false, false),
    ("", "", true, true), ("", "a", true, false), ("é{2}", "éé", true, true), (".", "😀", true, true), ("\\d", "٣", true, true),
    ("\\bé", "a é", true, false), ("A", "a", false, false), ("(?i)É", "é", true, true), ("a.c", "a\nc", false, false),
    ("a\\Rc", "a\r\nc", true, true),
    ("\\x{1F600}", "😀", true, true), ("(?<year>\\d{4})-\\k<year>", "2024-2024", true, true), ("a\0b", "a\0b", true, true),
  ])
  func `a pattern matches somewhere, or the whole`(_ pattern: String, _ subject: String, _ somewhere: Bool, _ whole: Bool) throws {
    let expression = try RegularExpression(pattern)
    #expect(expression.matches(in: subject) == (somewhere ? .matched : .notMatched))
    #expect(expression.matchesWhole(subject) == (whole ? .matched : .notMatched))
  }

  @Test func `case is ignored when asked for`() throws {
    #expect(try RegularExpression("straße ÄÖ", ignoresCase: true).matchesWhole("STRAßE äö") == .matched)
  }

  @Test func `groups come with the match, nil for one that took no part`() throws {
    let expression = try RegularExpression("(\\w+)@((?:\\w|\\.)+)(x)?()")
    #expect(expression.groups(in: "to: zoë@example.org!") == .matched(["zoë@example.org", "zoë", "example.org", nil, ""]))
    #expect(expression.groups(in: "nothing") == .notMatched)
    #expect(expression.firstGroup(in: "a@b") == (.matched, "a"))
    #expect(try RegularExpression("\\d+").firstGroup(in: "order 17") == (.matched, "17"))
    #expect(try RegularExpression("(x)?y").firstGroup(in: "y") == (.matched, ""))
    #expect(try RegularExpression("x").firstGroup(in: "y") == (.notMatched, nil))
  }

  @Test func `groups beyond the reported ones match all the same`() throws {
    let expression = try RegularExpression(String(repeating: "(.)", count: 40))
    guard case .matched(let groups) = expression.groups(in: String(repeating: "ab", count: 20)) else {
      Issue.record("no match")
      return
    }
    #expect(groups.count == RegularExpression.maxGroups)
    #expect(groups[31] == "a")
  }

  @Test(arguments: [
    ("a(b", 4, "missing closing parenthesis"), ("é[z-a]", 5, "range out of order in character class"),
    ("*a", 1, "quantifier does not follow a repeatable item"),
    ("a\\Cb", 4, "using \\C is disabled by the application"), ("ab\\", 4, "\\ at end of pattern"),
  ])
  func `an error says what is wrong and at which character`(_ pattern: String, _ column: Int, _ message: String) {
    #expect(throws: RegularExpressionError.invalid(message: message, column: column)) { try RegularExpression(pattern) }
  }

  @Test func `a pattern is bounded in length and nesting`() throws {
    let longest = String(repeating: "a", count: RegularExpression.maxPatternLength)
    _ = try RegularExpression(longest)
    #expect(throws: RegularExpressionError.self) { try RegularExpression(longest + "a") }
    #expect(throws: RegularExpressionError.self) {
      try RegularExpression(String(repeating: "(", count: 200) + String(repeating: ")", count: 200))
    }
  }

  @Test(arguments: [
    "(a+)+$", "(a|a)*b", "(a|aa)+b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?=(a+)+b)a", "(a*)\\1\\1b", "(?i)(.+)\\1+c", "(?:a{60000}c|a)b",
    "a*a*a*a*b",
    "(.*)(.*)\\1\\2x", "(a(?1)?)+b",
  ])
  func `a match that would cost too much ends at the limit`(_ pattern: String) throws {
    let expression = try RegularExpression(pattern)
    #expect(expression.matchesWhole(String(repeating: "a", count: 20_000) + "!b") == .limitReached)
  }

  @Test func `a plain pattern reads the longest subject, and no longer one`() throws {
    let expression = try RegularExpression("a*needle")
    let subject = String(repeating: " ", count: RegularExpression.maxSubjectLength - 6) + "needle"
    #expect(expression.matches(in: subject) == .matched)
    #expect(expression.matches(in: " " + subject) == .limitReached)
    #expect(expression.groups(in: " " + subject) == .limitReached)
  }

  @Test func `one expression serves many tasks at a time`() async throws {
    let expression = try RegularExpression("(\\d+)-(\\d+)")
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<50 { group.addTask { expression.firstGroup(in: "x \(number)-1") == (.matched, "\(number)") } }
      for await isRight in group { #expect(isRight) }
    }
  }
}
