// `include: conf.d/*.yaml`: which files a pattern means. `*` and `?` match within one part of a path and never a
// leading period, as in a shell; the files come sorted by the bytes of their paths, so that `10-users.yaml` is before
// `20-rest.yaml` everywhere.

enum IncludePattern {
  /// More files than any configuration has, for a pattern that meets a directory of something else.
  static let fileLimit = 1000

  static func hasWildcard(_ path: String) -> Bool { path.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

  /// The files that match, sorted; directories among them are left out.
  static func files(matching path: String) -> [String] {
    var found = [path.hasPrefix("/") ? "/" : ""]
    for part in path.split(separator: "/") {
      let part = String(part)
      var next: [String] = []
      for directory in found {
        if hasWildcard(part) {
          for name in ConfiguredFiles.names(in: directory) ?? [] where matches(name, part) { next.append(join(directory, name)) }
        } else {
          next.append(join(directory, part))
        }
      }
      found = next
    }
    return found.filter { ConfiguredFiles.examine($0) != .success(.directory) && ConfiguredFiles.identity($0) != nil }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory.isEmpty || directory == "/" ? directory + name : "\(directory)/\(name)"
  }

  /// Whether a name matches; at most one star is returned to, so the time is the product of both lengths and no more.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let name = Array(name.unicodeScalars)
    let pattern = Array(pattern.unicodeScalars)
    if name.first == ".", pattern.first != "." { return false }
    var n = 0
    var p = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        p = last.pattern + 1
        n = last.name + 1
        star = (last.pattern, n)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
