// Members are found by name, small and large objects alike, and keep their order.

import JSONText
import Testing

@Suite struct JSONObjectTests {
  @Test(arguments: [0, 1, 8, 9, 10, 24, 25, 1000]) func `members are found whatever their number`(_ count: Int) {
    let object = JSONObject((0..<count).map { ("name \($0)", .number(JSONNumber($0))) })
    #expect(object.count == count)
    #expect(object.members.map(\.name) == (0..<count).map { "name \($0)" })
    for position in 0..<count {
      #expect(object["name \(position)"] == .number(JSONNumber(position)))
      #expect(object.position(of: "name \(position)") == position)
    }
    #expect(object["name \(count)"] == nil)
  }

  @Test(arguments: [3, 300]) func `a name that comes again replaces the value in its place`(_ count: Int) {
    let names = (0..<count).map { "n\($0)" }
    let object = JSONObject((names + names.reversed()).enumerated().map { ($1, .number(JSONNumber($0))) })
    #expect(object.members.map(\.name) == names)
    #expect(object["n0"] == .number(JSONNumber(2 * count - 1)))
  }

  @Test func `composed and decomposed letters are two names`() {
    var object = JSONObject([("\u{E9}", .null)])
    object.set("e\u{301}", to: .bool(true))
    for number in 0..<20 { object.set("\(number)", to: .null) }
    #expect(object.count == 22)
    #expect(object["\u{E9}"] == .null)
    #expect(object["e\u{301}"] == .bool(true))
  }

  @Test func `the order of members does not count for equality`() {
    let names = (0..<50).map { "n\($0)" }
    let one = JSONObject(names.map { ($0, .string($0)) })
    let other = JSONObject(names.reversed().map { ($0, .string($0)) })
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(one != JSONObject(names.dropLast().map { ($0, .string($0)) }))
  }
}
