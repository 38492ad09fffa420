import HTTPCore
import Testing

@Suite struct ShownTextTests {
  private func json(_ octets: [UInt8]) -> String {
    var output: [UInt8] = []
    ShownText.appendJSON(octets.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  private func combined(_ octets: [UInt8]) -> String {
    var output: [UInt8] = []
    ShownText.appendCombined(octets.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `every scalar that moves a cursor or reorders text is escaped, and no other`() throws {
    for value in UInt32(0)...0x1_FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      let isUnsafe = scalar.isUnsafeToShow
      #expect(isUnsafe == (text.escapingControlCharacters != text))
      let shown = json(Array(text.utf8))
      if isUnsafe {
        #expect(shown.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && shown.utf8.contains(UInt8(ascii: "\\")), "\(value)")
      } else {
        #expect(shown == (text == "\"" || text == "\\" ? "\"\\\(text)\"" : "\"\(text)\""), "\(value)")
      }
    }
    for value in [0x1B, 0x7F, 0x85, 0x9B, 0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF] as [UInt32] {
      #expect(try #require(Unicode.Scalar(value)).isUnsafeToShow)
    }
  }

  @Test func `JSON has short escapes where there are some, and the replacement character for what is no UTF-8`() {
    #expect(json(Array("a\"b\\c\r\n\t\u{1B}\u{7F}".utf8)) == #""a\"b\\c\r\n\t\u001b\u007f""#)
    #expect(json(Array("\u{9B}\u{202E}é🫖".utf8)) == #""\u009b\u202eé🫖""#)
    #expect(json([0x61, 0x9B, 0x62, 0xC3]) == "\"a\u{FFFD}b\u{FFFD}\"")
    #expect(ShownText.json("a\nb") == #""a\nb""#)
  }

  @Test func `a combined line has visible ASCII alone`() {
    #expect(combined(Array(0...0xFF)).utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    #expect(combined(Array("a \"b\"\\\u{1B}é".utf8)) == #"a \x22b\x22\x5C\x1B\xC3\xA9"#)
  }
}

@Suite struct QueryTextTests {
  @Test func `what no URI has plain is escaped, and what it has stays`() {
    #expect(QueryText.escaped(#"a=1&b=%7b+!$'()*,;:@/?[]-._~"#.utf8.span) == #"a=1&b=%7b+!$'()*,;:@/?[]-._~"#)
    #expect(QueryText.escaped(#"{"a":"é<>|\^`"}"#.utf8.span) == "%7B%22a%22:%22%C3%A9%3C%3E%7C%5C%5E%60%22%7D")
    #expect(QueryText.escaped([0xFF, 0x20, 0x7F, 0x00, 0x23].span) == "%FF%20%7F%00%23")
  }

  @Test func `parameters of the escaped query are those of the raw one`() {
    let raw = Array(#"q={"a":"é"}&<b>=|"#.utf8) + [0xC3, 0x28]
    let escaped = QueryParameters(QueryText.escaped(raw.span))
    #expect(QueryParameters(raw.span).map { "\($0.name)=\($0.value)" } == escaped.map { "\($0.name)=\($0.value)" })
  }
}
