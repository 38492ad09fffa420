// What the endpoints answer from.

/// The process, and what observers have gathered of its traffic.
package struct AdminContext: Sendable {
  package let source: any AdminSource
  /// Nil where the configuration has turned it off.
  package let journal: Journal?

  package init(source: any AdminSource, journal: Journal? = nil) {
    self.source = source
    self.journal = journal
  }
}
