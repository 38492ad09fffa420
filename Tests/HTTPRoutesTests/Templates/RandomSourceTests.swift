// Random numbers and what is made of them.

import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct RandomSourceTests {
  private func numbers(_ seed: UInt64? = 1) -> RandomNumbers { RandomNumbers(RandomSource(seed: seed)) }

  @Test func `a seed begins anew after a reset`() {
    let source = RandomSource(seed: 7)
    var numbers = RandomNumbers(source)
    let first = (0..<5).map { _ in numbers.next() }
    source.reset()
    #expect((0..<5).map { _ in numbers.next() } == first)
    #expect(Set(first).count == 5)
  }

  /// The state of SplitMix64(42) and the output of xoshiro256** from it, by the reference code in C.
  @Test func `the numbers of a seed are those of xoshiro256 starstar`() {
    var generator = Xoshiro(seed: 42)
    #expect(generator.next() == 1_546_998_764_402_558_742)
    #expect(generator.next() == 6_990_951_692_964_543_102)
  }

  @Test(arguments: [0...0, -3...3, 1...6, Int.min...Int.max, Int.min...0, (Int.max - 1)...Int.max])
  func `integers lie within their range and reach its ends`(_ range: ClosedRange<Int>) {
    var numbers = numbers()
    let drawn = (0..<300).map { _ in numbers.integer(in: range) }
    #expect(drawn.allSatisfy { range.contains($0) })
    let (width, overflows) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    if !overflows, width < 10 { #expect(Set(drawn) == Set(range)) }
  }

  @Test(arguments: [(0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (1234, 2, "12.34"), (7, 0, "7"), (-1200, 3, "-1.200")])
  func `a decimal has its digits`(_ units: Int, _ digits: Int, _ text: String) {
    #expect(RandomCall.number(units, digits: digits).spelling == text)
  }

  @Test func `UUIDs are of version 4 and variant 1`() throws {
    for seed: UInt64? in [1, nil] {
      let text = UUIDText.text(RandomSource(seed: seed).unguessable())
      #expect(try /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.wholeMatch(in: text) != nil, "\(text)")
    }
    #expect(UUIDText.text((0, 0)) == "00000000-0000-4000-8000-000000000000")
    #expect(UUIDText.text((.max, .max)) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    #expect(UUIDText.hex((0x0123_4567_89AB_CDEF, 0)) == "0123456789abcdef0000000000000000")
  }

  @Test func `fake data is of its kind, at places that are reserved`() throws {
    let patterns: [FakeData: String] = [
      .name: #"[A-Z]\w+ [A-Z]\w+"#, .firstName: #"[A-Z]\w+"#, .lastName: #"[A-Z]\w+"#, .email: #"[a-z.]+\d+@example\.(com|org|net)"#,
      .userName: #"[a-z]+\.[a-z]+\d+"#, .phone: #"\+1-\d{3}-555-01\d\d"#, .company: #"[A-Z].* \S+"#, .street: #"\d+ [A-Z].*"#,
      .city: #"[A-Z]\w+"#,
      .postcode: #"\d{5}"#, .country: #"[A-Z]\w+"#, .url: #"https://example\.(com|org|net)/\w+/\d+"#,
      .ipv4: #"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}"#, .word: #"[a-z]+"#, .sentence: #"[A-Z][a-z ]+\."#,
      .paragraph: #"([A-Z][a-z ]+\. ?){3,5}"#,
      .price: #"\d+\.\d\d"#,
    ]
    #expect(Set(patterns.keys) == Set(FakeData.allCases))
    var numbers = numbers()
    for (kind, pattern) in patterns {
      for _ in 0..<50 {
        let text = TemplateValue.json(kind.draw(&numbers)).text ?? ""
        #expect(try Regex(pattern).wholeMatch(in: text) != nil, "\(kind): \(text)")
      }
    }
  }

  @Test func `base64 goes both ways`() {
    for (text, encoded) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64.encoded(text.utf8) == encoded)
      #expect(Base64.decoded(encoded) == Array(text.utf8))
      #expect(Base64.decoded(encoded.replacing("=", with: "")) == Array(text.utf8))
    }
    #expect(Base64.decoded("_-8") == Base64.decoded("/+8="))
    for text in ["a", "ab=", "ab===", "a b=", "=", "ab=c", "ü"] { #expect(Base64.decoded(text) == nil, "\(text)") }
  }
}
