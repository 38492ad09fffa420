// A node that a query selected: the value, and where it stands.

/// A value within another, with its place.
package struct JSONPathNode: Sendable {
  package let value: JSONValue
  /// nil for the root.
  let place: Place?

  /// The last step to a node and the place that it leaves from. A chain has as many links as the value has levels.
  final class Place: Sendable {
    enum Step {
      case name(String)
      case index(Int)
    }

    let parent: Place?
    let step: Step

    init(parent: Place?, step: Step) {
      self.parent = parent
      self.step = step
    }
  }

  /// The normalised path (RFC 9535 §2.7), like `$['items'][0]`.
  package var path: String {
    var steps: [Place.Step] = []
    var place = self.place
    while let current = place {
      steps.append(current.step)
      place = current.parent
    }
    var text = "$"
    for step in steps.reversed() {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .name(let name):
        text += "['"
        Self.appendEscaped(name, to: &text)
        text += "']"
      }
    }
    return text
  }

  private static func appendEscaped(_ name: String, to text: inout String) {
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\u{08}": text += "\\b"
      case "\u{0C}": text += "\\f"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "'": text += "\\'"
      case "\\": text += "\\\\"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
