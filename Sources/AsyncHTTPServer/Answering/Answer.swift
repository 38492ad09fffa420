// What a responder decides, apart from how it is sent: at once on the connection's thread, or by a task.

package import HTTPCore
package import Reactor

/// An answer, or the task that will give one.
package enum Answer {
  /// Laid out at load.
  case prepared(PreparedResponse)
  /// A head and a body in memory. The framing, Date and Connection are added; HEAD gets no body.
  case bytes(status: Int, fields: [FieldLine], body: [UInt8])
  /// A head and a stretch of a file.
  case file(status: Int, fields: [FieldLine], FileRegion)
  /// Not known yet, or too long to wait for here.
  case task(@Sendable (Request) async throws -> Void)
}
