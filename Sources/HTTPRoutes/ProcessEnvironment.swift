// The environment of the process, without Foundation.

import Glibc

/// environ(7).
public enum ProcessEnvironment {
  /// The variables by name; of a repeated one the first.
  public static var variables: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        let name = String(line[..<equals])
        if variables[name] == nil { variables[name] = String(line[line.index(after: equals)...]) }
      }
      entry += 1
    }
    return variables
  }
}
