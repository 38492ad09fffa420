// Where a JSON value lacks something of another: what a near miss says of a `json` that is not contained.

import JSONText

/// One place where a value is not what is expected.
struct JSONDifference: Equatable {
  /// As RFC 9535 writes normalized paths, but with dots where a name needs no quotes: `$.items[0].sku`.
  let path: String
  let expected: String
  let found: String
  let hint: String?

  /// The most differences that are reported.
  static let maxCount = 8

  /// All differences in the order of what is expected; none where the value contains it.
  static func all(of value: JSONValue, from expected: JSONValue, exactly: Bool) -> [JSONDifference] {
    var found: [JSONDifference] = []
    collect(value, expected, exactly, "$", &found)
    return found
  }

  private static func collect(
    _ value: JSONValue, _ expected: JSONValue, _ exactly: Bool, _ path: String, _ found: inout [JSONDifference]
  ) {
    guard found.count < maxCount, !value.contains(expected, exactly: exactly) else { return }
    switch (value, expected) {
    case (.object(let object), .object(let members)):
      for member in members.members {
        let below = path + step(member.name)
        guard let own = object[member.name] else {
          found.append(JSONDifference(path: below, expected: member.value.shown, found: "nothing", hint: nil))
          continue
        }
        collect(own, member.value, exactly, below, &found)
      }
      if exactly {
        for member in object.members where members[member.name] == nil {
          if found.count >= maxCount { break }
          found.append(JSONDifference(path: path + step(member.name), expected: "nothing", found: member.value.shown, hint: nil))
        }
      }
    case (.array(let items), .array(let wanted)) where items.count == wanted.count:
      for (index, pair) in zip(items, wanted).enumerated() { collect(pair.0, pair.1, exactly, "\(path)[\(index)]", &found) }
    case (.array(let items), .array(let wanted)):
      found.append(JSONDifference(path: path, expected: "\(wanted.count) items", found: "\(items.count)", hint: nil))
    default:
      found.append(
        JSONDifference(path: path, expected: expected.shown, found: value.shown, hint: hint(value, expected)))
    }
    if found.count > maxCount { found.removeLast(found.count - maxCount) }
  }

  private static func hint(_ value: JSONValue, _ expected: JSONValue) -> String? {
    switch (value, expected) {
    case (.string(let text), .number) where JSONNumber(text) != nil: "a number given as a text"
    case (.number(let number), .string(let text)) where text == number.spelling: "a text given as a number"
    case (.string(let one), .string(let other)) where one.lowercased() == other.lowercased(): "another case"
    default: nil
    }
  }

  private static func step(_ name: String) -> String {
    let isPlain =
      !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
      && !(0x30...0x39).contains(name.utf8.first ?? 0)
    return isPlain ? ".\(name)" : "[\(JSONValue.string(name).shown)]"
  }
}
