import HTTPCore
import Testing

@Suite struct ShownOctetsTests {
  @Test(arguments: [
    ("plain/größe 100%", "plain/größe 100%"), ("\u{1B}[2J", "%1B[2J"), ("a\r\nb", "a%0D%0Ab"), ("\u{7F}", "%7F"), ("\u{9B}", "%C2%9B"),
    ("\u{202E}x", "%E2%80%AEx"), ("\u{2028}", "%E2%80%A8"), ("\u{61C}", "%D8%9C"), ("\u{FEFF}", "%EF%BB%BF"), ("a\0b", "a%2Fb"), ("", ""),
  ])
  func `characters that do not show are percent escapes`(text: String, shown: String) {
    #expect(ShownOctets.text(Array(text.utf8)) == shown)
  }

  @Test func `octets that are not UTF-8 are percent escapes, each for itself`() {
    #expect(ShownOctets.text([0xFF, 0x61, 0xFE]) == "%FFa%FE")
    #expect(ShownOctets.text([0xE2, 0x82]) == "%E2%82")
    #expect(ShownOctets.text([0xC0, 0xAF]) == "%C0%AF")
    #expect(ShownOctets.text([0xED, 0xA0, 0x80]) == "%ED%A0%80")
  }

  @Test func `no two names look alike but for a percent sign of their own`() {
    let names = (UInt8(0)...255).filter { $0 != UInt8(ascii: "/") }.map { ShownOctets.text([$0]) }
    #expect(Set(names).count == names.count)
  }
}
