// Where a template stands, as far as its expressions depend on it: the parameters of the path, the lists around it.

/// The surroundings of a route's templates while they are read. Confined to the loading of a configuration.
package final class TemplateScope {
  package enum Loop: Sendable {
    /// `$repeat`, which has an index.
    case repeating
    /// `$each`, which has an item too.
    case each
  }

  /// Lists within lists.
  package static let maxLoopDepth = 32

  /// Nil for a path that could not be understood: any parameter will do then.
  package let pattern: PathPattern?
  let zones: TimeZones
  /// The states that are declared; nil where any will do.
  let states: [String]?
  /// The lists around, from the outside in.
  package private(set) var loops: [Loop] = []
  /// Places of the route that count.
  private var counterCount = 0

  package init(pattern: PathPattern?, zones: TimeZones = TimeZones(), states: [String]? = nil) {
    self.states = states
    self.pattern = pattern
    self.zones = zones
  }

  /// The number of a place with `{{counter}}`.
  func nextCounter() -> Int {
    counterCount += 1
    return counterCount
  }

  package func within<R>(_ loop: Loop, _ body: () -> R) -> R {
    loops.append(loop)
    defer { loops.removeLast() }
    return body()
  }
}
