// Where routes stand in their files, and their lines, for people who look at a route beside what it did.

import Reactor
import YAMLDocument

/// A route as its file has it.
package struct RoutePlace: Sendable {
  /// The file as its user or an `include` named it.
  package let file: String
  /// From 1.
  package let line: Int
  package let column: Int
  /// The route's lines, without the indentation that they share; nil where the file cannot be read.
  package let yaml: String?

  /// Lines that are shown of one route.
  package static let maxLines = 100

  /// The place of each route, by its id. The files are read as they are now, each once, which may block.
  package static func find(_ routes: [RouteSettings]) -> [String: RoutePlace] {
    var places: [String: RoutePlace] = [:]
    for (file, routes) in Dictionary(grouping: routes, by: \.mark.file) {
      var lines: [Int: String] = [:]
      if case .success(let bytes) = ConfiguredFiles.read(file, limit: YAMLLimits().bytes) {
        let wanted = routes.reduce(into: Set<Int>()) { $0.formUnion(lineNumbers(of: $1)) }
        lines = SourceText(file: file, bytes: bytes).lines(numbered: wanted)
      }
      for route in routes {
        let own = lineNumbers(of: route).compactMap { lines[$0] }
        places[route.id] = RoutePlace(
          file: file, line: route.mark.line, column: route.mark.column, yaml: own.isEmpty ? nil : text(own))
      }
    }
    return places
  }

  /// A mapping in block style ends where the next begins, so that comments and empty lines come with it.
  private static func lineNumbers(of route: RouteSettings) -> ClosedRange<Int> {
    let span = route.mark.span
    let last = span.endColumn == 1 ? span.endLine - 1 : span.endLine
    return span.line...max(span.line, min(last, span.line + maxLines - 1))
  }

  private static func text(_ lines: [String]) -> String {
    guard let first = lines.first else { return "" }
    let indentation = indentation(of: first)
    // What is not indented as far as the route's dash is behind the route.
    var own = [first] + lines.dropFirst().prefix { isBlank($0) || self.indentation(of: $0) > indentation }
    while let last = own.last, own.count > 1, isBlank(last) || last.drop(while: { $0 == " " }).first == "#" { own.removeLast() }
    return own.map { String($0.dropFirst(min(indentation, self.indentation(of: $0)))) }.joined(separator: "\n")
  }

  private static func indentation(of line: String) -> Int { line.prefix { $0 == " " }.count }

  private static func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }
}
