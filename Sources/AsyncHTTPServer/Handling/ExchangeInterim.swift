// Interim answers: heads that come before the answer.

import HTTPCore

extension Exchange {
  /// Queues the head of an interim answer (RFC 9110 §15.2), which leaves with the turn.
  nonisolated(nonsending) func sendInterim(status: Int, fields: HTTPFields) async throws {
    guard (102...199).contains(status) else { throw ServerError.unsendableStatus(status) }
    guard answer.isOpen else { throw ServerError.alreadyAnswered }
    let connection = try openConnection()
    appendInterim(status, on: connection) { output in
      for field in fields where !Self.isServersOwn(field.name) { ResponseSerializer.append(field, to: &output) }
    }
    while let connection = self.connection, connection.output.byteCount > Connection.highWaterMark {
      await withUnsafeContinuation { answer.wait($0) }
    }
    if self.connection == nil { throw ServerError.connectionClosed }
  }

  /// Queues the head of an interim answer, unless the final one has begun: for what cannot wait for the client.
  func queueInterim(status: Int, fields: [FieldLine]) {
    guard answer.isOpen, let connection else { return }
    appendInterim(status, on: connection) { ResponseSerializer.appendValidFields(fields, to: &$0) }
  }

  private func appendInterim(_ status: Int, on connection: Connection, _ appendFields: (inout [UInt8]) -> Void) {
    guard head.version.isAtLeast11 else { return }
    connection.prepareOutput()
    ResponseSerializer.appendStatusLine(status, to: &connection.output.tail)
    appendFields(&connection.output.tail)
    ResponseSerializer.appendHeadEnd(to: &connection.output.tail)
    connection.scheduleFlush()
  }
}
