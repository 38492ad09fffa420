// What the endpoints answer from.

/// The process, and what observers have gathered of its traffic.
package struct AdminContext: Sendable {
  package let source: any AdminSource

  package init(source: any AdminSource) {
    self.source = source
  }
}
