import HTTPCore
import Testing

@Suite struct FieldSyntaxTests {
  @Test func `a name is a token`() {
    #expect(FieldSyntax.isValidName("X-Custom_1"))
    for name in ["", "a b", "a:", "a\r\n", "caf\u{E9}", "a\0"] { #expect(!FieldSyntax.isValidName(name)) }
    #expect(FieldSyntax.isToken("gzip"[...]))
    #expect(!FieldSyntax.isToken(""[...]))
    #expect(!FieldSyntax.isToken("a/b"[...]))
  }

  @Test func `a value has no control octet but the tab`() {
    for value in ["", "a", "a\tb", "caf\u{E9}", "~!@"] { #expect(FieldSyntax.isValidValue(value)) }
    for value in ["a\r\nB: c", "a\rb", "a\nb", "a\0b", "\u{1B}[0m", "\u{7F}"] { #expect(!FieldSyntax.isValidValue(value)) }
  }

  @Test func `only ASCII letters compare in either case`() {
    #expect(FieldSyntax.equalIgnoringCase("Keep-Alive", "keep-ALIVE"))
    #expect(!FieldSyntax.equalIgnoringCase("a", "ab"))
    #expect(!FieldSyntax.equalIgnoringCase("@", "`"))
    #expect(!FieldSyntax.equalIgnoringCase("\u{C9}", "\u{E9}"))
    #expect(FieldSyntax.lowercased("ABC-xyz\u{C9}") == "abc-xyz\u{C9}")
  }

  // MARK: Lists

  @Test func `blanks are trimmed at both ends`() {
    #expect(FieldSyntax.trimmed(" \t a b\t "[...]) == "a b")
    #expect(FieldSyntax.trimmed(" \t"[...]).isEmpty)
    #expect(FieldSyntax.trimmed(""[...]).isEmpty)
  }

  @Test func `empty elements of a list do not count`() {
    // The examples of RFC 9110 §5.6.1.2.
    #expect(FieldSyntax.listElements("foo,bar") == ["foo", "bar"])
    #expect(FieldSyntax.listElements("foo ,bar,") == ["foo", "bar"])
    #expect(FieldSyntax.listElements("foo , ,bar,charlie") == ["foo", "bar", "charlie"])
    #expect(FieldSyntax.listElements("").isEmpty)
    #expect(FieldSyntax.listElements(",").isEmpty)
    #expect(FieldSyntax.listElements(",   ,").isEmpty)
  }

  @Test func `a comma within a quoted string does not separate`() {
    #expect(FieldSyntax.listElements(#"a="b,c", d"#) == [#"a="b,c""#, "d"])
    #expect(FieldSyntax.listElements(#"a="\",", d"#) == [#"a="\",""#, "d"])
    #expect(FieldSyntax.listElements(#"a="b, c"#) == [#"a="b, c"#])
    #expect(FieldSyntax.listElements(#"a\"#) == [#"a\"#])
    #expect(FieldSyntax.listElements(#"a="b\"#) == [#"a="b\"#])
  }

  // MARK: Quoted strings

  @Test func `a quoted string loses its quotes and escapes`() {
    #expect(FieldSyntax.unquoted(#""a b""#[...]) == "a b")
    #expect(FieldSyntax.unquoted(#""""#[...])?.isEmpty == true)
    #expect(FieldSyntax.unquoted(#""a\"b\\c""#[...]) == #"a"b\c"#)
    for text in ["a", #""a"#, #""a"b"#, #""a\"#, "\"a\r\"", "\"\\\u{1}\"", ""] { #expect(FieldSyntax.unquoted(text[...]) == nil) }
  }

  @Test func `what is quoted can be unquoted`() {
    for text in ["", "a b", #"say "hi" \ bye"#, "tab\t", "\u{20AC}"] {
      let quoted = FieldSyntax.quoted(text)
      #expect(quoted.flatMap { FieldSyntax.unquoted($0[...]) } == text)
    }
    #expect(FieldSyntax.quoted("a\nb") == nil)
  }

  // MARK: Weights

  @Test func `a weight has at most three decimals and is at most one`() {
    let values: [(Substring, Int?)] = [
      ("1", 1000), ("0", 0), ("0.5", 500), ("0.25", 250), ("0.001", 1), ("1.000", 1000), ("1.", 1000), ("0.", 0), ("1.001", nil),
      ("2", nil), ("0.0001", nil), (".5", nil), ("", nil), ("0,5", nil), ("0.x", nil), ("-0", nil), ("00", nil),
    ]
    for (text, value) in values { #expect(FieldSyntax.qualityValue(text) == value, "\(text)") }
  }

  @Test func `elements have the weight one unless they say otherwise`() {
    // RFC 9110 §12.5.1.
    let accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
    #expect(
      FieldSyntax.weightedElements(accept).map(\.value) == [
        "text/*", "text/plain", "text/plain;format=flowed", "text/plain;format=fixed", "*/*",
      ])
    #expect(FieldSyntax.weightedElements(accept).map(\.weight) == [300, 700, 1000, 400, 500])
  }

  @Test func `a weight may have blanks around it and an upper-case name`() {
    let elements = FieldSyntax.weightedElements("GZip ; Q=0.5")
    #expect(elements.map(\.value) == ["gzip"])
    #expect(elements.map(\.weight) == [500])
  }

  @Test func `an element with a malformed weight is dropped`() {
    #expect(FieldSyntax.weightedElements("a;q=2, b;q=0.1;x=y, c;q, ;q=1").map(\.value) == ["b", "c;q", "q=1"])
  }
}
