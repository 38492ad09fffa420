// A way into a JSON value: `.items[0]['odd name']`.

import JSONText

/// One step down a JSON value.
package enum JSONStep: Equatable, Sendable {
  case member(String)
  /// From 0; from the end where it is negative.
  case item(Int)

  /// Steps of one path.
  static let maxCount = 32

  /// What stands at the end of a path; nil where something on the way is missing.
  static func value(of value: JSONValue?, at steps: [JSONStep]) -> JSONValue? {
    guard var value else { return nil }
    for step in steps {
      switch step {
      case .member(let name):
        guard let next = value[name] else { return nil }
        value = next
      case .item(let index):
        guard case .array(let items) = value else { return nil }
        let position = index < 0 ? items.count + index : index
        guard items.indices.contains(position) else { return nil }
        value = items[position]
      }
    }
    return value
  }
}
