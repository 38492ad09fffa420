// Which directories have a say in what some paths lead to, and which names in them: every step of every path, and the
// steps of every symbolic link on the way. An editor that renames a new file into place, a link that is turned to
// another directory (`..data` of Kubernetes), a directory that goes and comes back are then all one thing: a name that
// came to mean something else.

import Glibc
import SystemPackage

/// The names that a set of paths depends on, by directory.
struct WatchedNames {
  struct Names {
    /// Steps that lead on; each is a pattern.
    var steps: Set<String> = []
    /// Last steps: what the file itself holds counts as well.
    var files: Set<String> = []

    /// Whether an event of a name may change what a path leads to.
    func areConcerned(by event: DirectoryEvent) -> Bool {
      if files.contains(where: { NamePattern.matches(event.name, $0) || $0 == event.name }) { return true }
      guard !event.events.isDisjoint(with: .names) else { return false }
      return steps.contains { NamePattern.matches(event.name, $0) || $0 == event.name }
    }
  }

  /// By the path of the directory, absolute and without links.
  private(set) var directories: [String: Names] = [:]
  /// Files that the paths lead to now.
  private(set) var files: [String] = []
  /// Symbolic links on the way.
  private(set) var links: [String] = []
  /// Whether there was more than is looked at.
  private(set) var isCut = false

  /// Bounds for patterns that meet a large tree, and for links that lead in a circle.
  private static let maxDirectories = 4_096
  private static let maxFiles = 16_384
  private static let maxLinks = 40

  /// - Parameter paths: absolute; a step may have wildcards.
  init(_ paths: [String]) {
    for path in paths where path.hasPrefix("/") {
      var ways = [Way(directory: "/", steps: Self.steps(of: path)[...], links: 0)]
      while let way = ways.popLast() { ways += follow(way) }
    }
  }

  /// A directory that was reached, and what is left of the path.
  private struct Way {
    let directory: String
    let steps: ArraySlice<String>
    let links: Int
  }

  private static func steps(of path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }
  }

  /// One step of a path: where it leads to.
  private mutating func follow(_ way: Way) -> [Way] {
    guard let step = way.steps.first else { return [] }
    let rest = way.steps.dropFirst()
    if step == ".." { return [Way(directory: Self.parent(of: way.directory), steps: rest, links: way.links)] }
    guard directories.count < Self.maxDirectories || directories[way.directory] != nil, files.count < Self.maxFiles else {
      isCut = true
      return []
    }
    if rest.isEmpty {
      directories[way.directory, default: Names()].files.insert(step)
    } else {
      directories[way.directory, default: Names()].steps.insert(step)
    }
    guard NamePattern.hasWildcard(step) else { return enter(step, of: way, rest) }
    return Self.names(in: way.directory).filter { NamePattern.matches($0, step) }.flatMap { enter($0, of: way, rest) }
  }

  private mutating func enter(_ name: String, of way: Way, _ rest: ArraySlice<String>) -> [Way] {
    let path = way.directory == "/" ? "/\(name)" : "\(way.directory)/\(name)"
    switch (try? Syscalls.status(path, followLinks: false))?.kind {
    case .directory: return [Way(directory: path, steps: rest, links: way.links)]
    case .symbolicLink:
      guard way.links < Self.maxLinks, let target = try? Syscalls.linkTarget(path) else { return [] }
      links.append(path)
      let start = target.hasPrefix("/") ? "/" : way.directory
      return [Way(directory: start, steps: Self.steps(of: target) + rest, links: way.links + 1)]
    case nil: return []
    default:
      if rest.isEmpty { files.append(path) }
      return []
    }
  }

  private static func parent(of directory: String) -> String {
    guard let slash = directory.lastIndex(of: "/"), slash > directory.startIndex else { return "/" }
    return String(directory[..<slash])
  }

  private static func names(in directory: String) -> [String] {
    guard let opened = try? Syscalls.openDirectory(directory), let entries = try? Syscalls.entries(of: opened) else { return [] }
    return entries.map(\.name)
  }
}
