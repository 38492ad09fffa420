import Testing

@testable import HTTPCore

struct CookiesTests {
  @Test(
    arguments: [
      ("a=1; b=2", "b", "2"), ("a=1;b=2", "b", "2"), (" a = 1 ", "a", "1"), ("a=1; a=2", "a", "1"), ("a=\"x y\"", "a", "x y"),
      ("a=", "a", ""),
      ("a=b=c", "a", "b=c"), ("a=%20", "a", "%20"), ("A=1; a=2", "a", "2"), ("a=1", "b", nil), ("a; b=2", "a", nil), ("", "a", nil),
      (";;; a=1", "a", "1"), ("ab=1", "a", nil), ("a=\"", "a", "\""), ("=1", "", "1"),
    ] as [(String, String, String?)])
  func `the first pair of a name counts`(_ field: String, _ name: String, _ value: String?) {
    let found = Cookies.value(of: name, in: field.utf8.span)
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == value)
  }

  @Test func `cookies come in order, and a piece without = has no name`() {
    let field = "a=1; ;lone ; b = \"2\";=v; \"q\""
    let octets = Array(field.utf8)
    var found: [String] = []
    Cookies.forEach(in: octets.span) { name, value in
      let name = name.map { String(decoding: octets[$0], as: UTF8.self) }
      found.append("\(name ?? "-"):\(String(decoding: octets[value], as: UTF8.self))")
      return found.count < 5
    }
    #expect(found == ["a:1", "-:lone", "b:2", ":v", "-:\"q\""])
  }

  @Test func `every cookie of a name is asked`() {
    #expect(Cookies.contains("a", in: "a=1; b=2; a=2".utf8.span) { $0[0] == UInt8(ascii: "2") })
    #expect(!Cookies.contains("a", in: "a=1; b=2".utf8.span) { $0[0] == UInt8(ascii: "2") })
  }
}
