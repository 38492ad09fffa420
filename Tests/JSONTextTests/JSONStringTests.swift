// The inside of a string, and how strings compare.

import JSONText
import Testing

@Suite struct JSONStringTests {
  @Test(arguments: [
    ("plain é 😀", "\"plain é 😀\""), ("a\"b\\c/", #""a\"b\\c/""#), ("\n\r\t\u{08}\u{0C}\0\u{1F}", #""\n\r\t\u0008\u000c\u0000\u001f""#),
    ("\u{7F}\u{2028}", "\"\u{7F}\u{2028}\""), ("", "\"\""),
  ])
  func `a string has the escapes that it needs`(_ text: String, _ quoted: String) throws {
    #expect(JSONString.quoted(text) == quoted)
    #expect(try JSONValue(parsing: quoted) == .string(text))
  }

  @Test func `more is escaped where more is unsafe`() {
    var markup: [UInt8] = []
    JSONString.append("<b a='&'>\n\"", care: .markup, to: &markup)
    #expect(String(decoding: markup, as: UTF8.self) == #""\u003cb a=\u0027\u0026\u0027\u003e\n\"""#)
    var shown: [UInt8] = []
    JSONString.append("a\u{202E}b😀", care: .escaping { $0 == "\u{202E}" || $0 == "😀" }, to: &shown)
    #expect(String(decoding: shown, as: UTF8.self) == #""a\u202eb😀""#)
  }

  @Test func `strings compare by code points`() {
    #expect(!JSONString.areEqual("\u{E9}", "e\u{301}"))
    #expect(JSONString.areEqual("é", "é"))
    #expect(JSONString.precedes("a", "ab"))
    #expect(JSONString.precedes("Z", "a"))
    #expect(JSONString.precedes("\u{FFFF}", "😀"))
    #expect(!JSONString.precedes("a", "a"))
  }
}
