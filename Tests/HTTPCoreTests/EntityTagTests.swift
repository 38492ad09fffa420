import HTTPCore
import Testing

@Suite struct EntityTagTests {
  @Test func `a tag is quoted and perhaps weak`() {
    #expect(EntityTag(#""xyzzy""#) == EntityTag(opaque: "xyzzy"))
    #expect(EntityTag(#"W/"xyzzy""#) == EntityTag(isWeak: true, opaque: "xyzzy"))
    #expect(EntityTag(#""""#) == EntityTag(opaque: ""))
    #expect(EntityTag("\"\u{E9},\"") == EntityTag(opaque: "\u{E9},"))
    #expect(EntityTag(isWeak: true, opaque: "a").text == #"W/"a""#)
    #expect(EntityTag(opaque: "a").text == #""a""#)
  }

  @Test(arguments: [
    "", "xyzzy", #""xyzzy"#, #"xyzzy""#, #"w/"xyzzy""#, #"W"xyzzy""#, #""a b""#, #""a"b""#, #" "a""#, #""a" "#, "*", "W/", "\"\u{7F}\"",
  ])
  func `what is not exactly a tag is none`(_ text: String) {
    #expect(EntityTag(text) == nil)
  }

  @Test func `weak and strong comparison are those of the table`() {
    // RFC 9110 §8.8.3.2.
    let weak1 = EntityTag(isWeak: true, opaque: "1")
    let weak2 = EntityTag(isWeak: true, opaque: "2")
    let strong1 = EntityTag(opaque: "1")
    #expect(!weak1.matchesStrongly(weak1) && weak1.matchesWeakly(weak1))
    #expect(!weak1.matchesStrongly(weak2) && !weak1.matchesWeakly(weak2))
    #expect(!weak1.matchesStrongly(strong1) && weak1.matchesWeakly(strong1))
    #expect(strong1.matchesStrongly(strong1) && strong1.matchesWeakly(strong1))
  }

  @Test func `a condition is a star or a list`() {
    #expect(EntityTag.Condition("*") == .any)
    #expect(EntityTag.Condition(" * ") == .any)
    #expect(EntityTag.Condition(#""a""#) == .tags([EntityTag(opaque: "a")]))
    #expect(
      EntityTag.Condition(#""a", W/"b",,"c,d" ,"#)
        == .tags([EntityTag(opaque: "a"), EntityTag(isWeak: true, opaque: "b"), EntityTag(opaque: "c,d")]))
    for value in ["", ",", "a", #""a" "b""#, #""a", b"#, #"*, "a""#, #""a"#] { #expect(EntityTag.Condition(value) == nil) }
  }
}
