import Testing

@testable import HTTPCore

struct ObsTextTests {
  @Test(
    arguments: [
      [], Array("plain".utf8), Array("café ☕️ 🫖".utf8), [0x63, 0x61, 0x66, 0xE9], [0xE9, 0x20, 0xC3, 0xA9, 0x20, 0xFF, 0x80],
      // A sequence cut short, one too long, a surrogate, beyond Unicode.
      [0xF0, 0x9F, 0x8D, 0x41], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      // The very scalars that spell.
      Array("a\u{10FF80}b\u{10FFFF}".utf8), Array("\u{10FF7F}\u{FFFD}".utf8),
    ] as [[UInt8]])
  func `what came is what goes out`(_ octets: [UInt8]) {
    #expect(ObsText.octets(ObsText.text(octets)) == octets)
  }

  @Test func `every octet and every pair of octets comes through`() {
    for first in UInt8.min...UInt8.max {
      #expect(ObsText.octets(ObsText.text([first])) == [first])
      for second in UInt8.min...UInt8.max where ObsText.octets(ObsText.text([first, second])) != [first, second] {
        Issue.record("\(first), \(second)")
      }
    }
  }

  @Test func `what is UTF-8 is what the standard library takes for it`() {
    // Every first octet, with second ones at the edges of what each allows, and up to two more.
    let edges: [UInt8] = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for first in UInt8.min...UInt8.max {
      for second in edges {
        for rest in [[], [0x80], [0xBF], [0x41], [0x80, 0xBF], [0x80, 0x41], [0xC2, 0x80]] as [[UInt8]] {
          let octets = [first, second] + rest
          var length = 0
          while length < octets.count {
            let next = UTF8Text.length(of: octets.span, at: length)
            if next == 0 { break }
            length += next
          }
          #expect((length == octets.count) == (String(validating: octets, as: UTF8.self) != nil), "\(octets)")
        }
      }
    }
  }

  @Test func `what is shown has escapes for what is no UTF-8, and for nothing else`() {
    #expect(ObsText.escaped(ObsText.text([0x61, 0xFF, 0xC3, 0xA9, 0xF0, 0x9F])) == "a%FFé%F0%9F")
    #expect(ObsText.escaped(ObsText.text("a\u{10FF80}b\u{10FFFF}".utf8)) == "a\u{10FF80}b\u{10FFFF}")
    #expect(ObsText.escaped(ObsText.text(Array("\u{10FFFF}".utf8) + [0xFF])) == "\u{10FFFF}%FF")
  }

  @Test func `UTF-8 stays text`() {
    #expect(ObsText.text("naïve".utf8) == "naïve")
    #expect(!ObsText.isSpelled(in: "naïve 🫖"))
    #expect(ObsText.isSpelled(in: ObsText.text([0x6E, 0x61, 0xEF, 0x76, 0x65])))
  }

  @Test func `a field is written with the octets it was read with`() throws {
    var output: [UInt8] = []
    try ResponseSerializer.appendField("X-Name", ObsText.text([0x63, 0x61, 0x66, 0xE9]), to: &output)
    #expect(output == Array("X-Name: caf".utf8) + [0xE9, 0x0D, 0x0A])
  }

  @Test func `a tag with such octets is the one that the client has`() throws {
    let request = Array("GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"".utf8) + [0xE9] + Array("\"\r\n\r\n".utf8)
    var parser = HeadParser()
    try #require(try parser.parse(request.span))
    let head = parser.head
    func outcome(_ octet: UInt8) -> Preconditions.Outcome {
      Preconditions(head, in: request.span).evaluate(
        isGetOrHead: true, entityTag: EntityTag(ObsText.text([0x22, octet, 0x22])), lastModified: nil, now: 0)
    }
    #expect(outcome(0xE9) == .notModified)
    #expect(outcome(0xE8) == .proceed)
  }
}
