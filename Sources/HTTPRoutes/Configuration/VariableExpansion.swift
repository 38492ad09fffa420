// `${NAME}` and `${NAME:-default}` in settings. The environment is a value handed in, so that a test and a reload see
// the one they are given. A default stands for an unset and for an empty variable, as in a shell; `$${` is the two
// characters themselves.

enum VariableExpansion {
  struct Failure: Equatable {
    /// In characters from the start of the text.
    let range: Range<Int>
    let message: String
  }

  /// The text with every variable replaced, and what could not be.
  static func expand(_ text: String, environment: [String: String]) -> (text: String, failures: [Failure]) {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return (text, []) }
    let scalars = Array(text.unicodeScalars)
    var expanded = String.UnicodeScalarView()
    var failures: [Failure] = []
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "$" else {
        expanded.append(scalars[index])
        index += 1
        continue
      }
      if scalars[index...].starts(with: "$${".unicodeScalars) {
        expanded.append(contentsOf: "${".unicodeScalars)
        index += 3
        continue
      }
      guard index + 1 < scalars.count, scalars[index + 1] == "{" else {
        expanded.append("$")
        index += 1
        continue
      }
      guard let close = scalars[index...].firstIndex(of: "}") else {
        failures.append(Failure(range: index..<index + 2, message: "\"${\" without a \"}\"; write $${ for the characters themselves"))
        break
      }
      let inner = String(String.UnicodeScalarView(scalars[index + 2..<close]))
      switch value(of: inner, environment: environment) {
      case .success(let value): expanded.append(contentsOf: value.unicodeScalars)
      case .failure(let error): failures.append(Failure(range: index..<close + 1, message: error.message))
      }
      index = close + 1
    }
    return (String(expanded), failures)
  }

  /// The names of the variables in a text that expands.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      let isLiteral = rest[..<start.lowerBound].hasSuffix("$")
      rest = rest[start.upperBound...]
      guard !isLiteral else { continue }
      names.append(String(String.UnicodeScalarView(rest.unicodeScalars.prefix { isNameCharacter($0) })))
    }
    return names
  }

  /// The text that expands to `text`.
  static func escaped(_ text: String) -> String { text.replacing("${", with: "$${") }

  /// What stands between the braces.
  private static func value(of inner: String, environment: [String: String]) -> Result<String, Refusal> {
    let scalars = inner.unicodeScalars
    let name = String(scalars.prefix { isNameCharacter($0) })
    let rest = String(scalars.dropFirst(name.unicodeScalars.count))
    guard let first = name.unicodeScalars.first, !("0"..."9").contains(first), rest.isEmpty || rest.hasPrefix(":-") else {
      return .failure(Refusal("expected ${NAME} or ${NAME:-default}; write $${ for the characters themselves"))
    }
    let value = environment[name]
    if rest.hasPrefix(":-") { return .success(value.flatMap { $0.isEmpty ? nil : $0 } ?? String(rest.dropFirst(2))) }
    guard let value else {
      return .failure(Refusal("the environment variable \(name) is not set; write ${\(name):-default} to give it a default"))
    }
    return .success(value)
  }

  private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
