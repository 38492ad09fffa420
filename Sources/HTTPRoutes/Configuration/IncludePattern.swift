// `include: conf.d/*.yaml`: which files a pattern means. `*` and `?` match within one part of a path, as in a
// shell; the files come sorted by the bytes of their paths, so that `10-users.yaml` is before
// `20-rest.yaml` everywhere.

import Reactor

enum IncludePattern {
  /// More files than any configuration has, for a pattern that meets a directory of something else.
  static let fileLimit = 1000

  /// The files that match, sorted; directories among them are left out.
  static func files(matching path: String) -> [String] {
    var found = [path.hasPrefix("/") ? "/" : ""]
    for part in path.split(separator: "/") {
      let part = String(part)
      var next: [String] = []
      for directory in found {
        if NamePattern.hasWildcard(part) {
          for name in ConfiguredFiles.names(in: directory) ?? [] where NamePattern.matches(name, part) {
            next.append(join(directory, name))
          }
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
}
