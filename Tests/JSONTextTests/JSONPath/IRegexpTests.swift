// The grammar of RFC 9485 and its translation.

import RegularExpressions
import Testing

@testable import JSONText

@Suite struct IRegexpTests {
  @Test(arguments: [
    ("", ""), ("abc", "abc"), ("a.c", "a[^\\n\\r]c"), ("a\\.c", "a\\.c"), ("(a|b)*c+d?", "(?:a|b)*c+d?"),
    ("a{2}b{2,}c{2,3}", "a{2}b{2,}c{2,3}"),
    ("[a-z]", "[a-z]"), ("[^a-z-]", "[^a-z\\-]"), ("[-a]", "[\\-a]"), ("[-]", "[\\-]"), ("[^-]", "[^\\-]"), ("[a^]", "[a\\^]"),
    ("[.]", "[.]"),
    ("[\\]\\[\\-\\n]", "[\\]\\[\\-\\n]"), ("[A-\\]]", "[A-\\]]"), ("\\p{L}\\P{Lu}", "\\p{L}\\P{Lu}"), ("[\\p{Nd}x]", "[\\p{Nd}x]"),
    ("^a$", "\\Aa\\z"),
    ("|a", "|a"), ("()", "(?:)"), ("()*", "(?:)*"), ("é☺😀", "é☺😀"), ("a,b-c/#&", "a,b-c/#&"),
    ("\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\n\\r\\t\\{\\|\\}", "\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\n\\r\\t\\{\\|\\}"),
  ])
  func `an I-Regexp is written for PCRE2, which takes it`(_ pattern: String, _ translated: String) throws {
    #expect(IRegexp.translated(pattern) == translated)
    _ = try RegularExpression(translated)
  }

  @Test(arguments: [
    "*", "a**", "a*?", "a+?", "a??", "a*+", "a{2}{3}", "(", ")", "a(b", "a)b", "[", "[]", "[^]", "[a", "]", "}", "{", "a{", "a{}", "a{,2}",
    "a{2", "a{2,3,4}", "a{x}",
    "\\d", "\\w", "\\s", "\\b", "\\1", "\\A", "\\x41", "\\u0041", "\\", "\\$", "\\/", "(?:a)", "(?i)a", "(?=a)", "(?<n>a)", "[[:alpha:]]",
    "[a-z-9]",
    "[a--]", "[\\d]", "[[a]]", "[a-\\p{L}]", "\\p{Latin}", "\\p{Lx}", "\\p{X}", "\\pL", "\\p{L", "\\p{}", "\\p{IsL}", "(*UTF)", "|*",
    "(|*)",
  ])
  func `what is no I-Regexp is not translated`(_ pattern: String) {
    #expect(IRegexp.translated(pattern) == nil)
  }

  @Test func `length and nesting are bounded`() {
    #expect(IRegexp.translated(String(repeating: "a", count: 1024)) != nil)
    #expect(IRegexp.translated(String(repeating: "a", count: 1025)) == nil)
    #expect(IRegexp.translated(String(repeating: "(", count: 64) + String(repeating: ")", count: 64)) != nil)
    #expect(IRegexp.translated(String(repeating: "(", count: 65) + String(repeating: ")", count: 65)) == nil)
  }
}
