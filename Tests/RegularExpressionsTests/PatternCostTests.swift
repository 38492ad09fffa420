// The weight of patterns whose items cost more than a step.

import Testing

@testable import RegularExpressions

@Suite struct PatternCostTests {
  @Test(arguments: ["a+b", "[a-z0-9._%+-]+@x", "\\[x\\]", "a{3,15}", "(?<name>a)", "\\d\\\\1", ""])
  func `most patterns have the least weight`(
    _ pattern: String
  ) {
    let cost = PatternCost(of: pattern)
    #expect(cost.weight == 1)
    #expect(!cost.hasReferences)
    #expect(cost.maxSubjectLength == RegularExpression.maxSubjectLength)
  }

  @Test(arguments: [
    ("a{1600}", 101), ("a{2,160}", 11), ("a{99999999999999999999}", 4096), ("a{", 1), ("\\{1600}", 1),
    ("(?<=" + String(repeating: "a", count: 640) + ")b", 11), ("[" + String(repeating: "é", count: 64) + "]", 3),
  ])
  func `long repetitions, lookbehinds and classes weigh more`(_ pattern: String, _ weight: UInt32) {
    #expect(PatternCost(of: pattern).weight == weight)
  }

  @Test(arguments: ["(a)\\1", "(a)\\g1", "(?<n>a)\\k<n>", "(?P<n>a)(?P=n)"]) func `references are noticed`(_ pattern: String) {
    #expect(PatternCost(of: pattern).hasReferences)
  }

  @Test func `a class of many characters beyond ASCII shortens the subject`() {
    let cost = PatternCost(of: "[]" + String(repeating: "é", count: 1024) + "]*")
    #expect(cost.maxSubjectLength == 1024)
  }
}
