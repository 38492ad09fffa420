// The lines of the configuration that a route is written in, for people who look at a running server.

import Reactor
import YAMLDocument

/// Reads the lines of routes from the files they stand in, each file once. A value for one answer: it keeps the files.
package struct RouteSources {
  private let loaded: [String: FileStatus]
  /// By file; nil for one that is not as it was.
  private var files: [String: [ArraySlice<UInt8>]?] = [:]

  /// Lines that are shown of one route.
  private static let maxLines = 200

  /// - Parameter settings: those that the routes belong to.
  package init(_ settings: Settings) { loaded = settings.fileStatuses }

  /// The route as it is written, less the indentation that all of its lines share; nil where its file has changed since
  /// it was loaded, or cannot be read. Blocks as long as the file system does.
  package mutating func lines(of route: RouteSettings) -> String? {
    guard let text = lines(of: route.mark.file), route.mark.line >= 1, route.mark.line <= text.count else { return nil }
    var lines = text[(route.mark.line - 1)...].prefix(Self.maxLines).map {
      String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
    }
    // Behind the route is what is not indented beyond its dash; a route without one before it begins its line.
    let dash = lines[0].prefix(max(0, route.mark.column - 1)).lastIndex(of: "-").map {
      lines[0].distance(from: lines[0].startIndex, to: $0)
    }
    let depth = dash.map { $0 + 1 } ?? route.mark.column - 1
    if let next = lines.indices.dropFirst().first(where: { !Self.isBlank(lines[$0]) && Self.indentation(of: lines[$0]) < depth }) {
      lines.removeSubrange(next...)
    }
    while lines.count > 1, let line = lines.last, Self.isBlank(line) || line.drop(while: { $0 == " " }).first == "#" { lines.removeLast() }
    let indentation = Self.indentation(of: lines[0])
    return lines.map { $0.dropFirst(min(indentation, Self.indentation(of: $0))) + "\n" }.joined()
  }

  private static func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }

  private static func indentation(of line: String) -> Int { line.prefix { $0 == " " }.count }

  private mutating func lines(of file: String) -> [ArraySlice<UInt8>]? {
    if let known = files[file] { return known }
    var lines: [ArraySlice<UInt8>]?
    if let status = loaded[file], status == ConfiguredFiles.status(of: file),
      case .success(let bytes) = ConfiguredFiles.read(file, limit: YAMLLimits().bytes)
    {
      lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
    files[file] = .some(lines)
    return lines
  }
}
