// What the other targets of this package may do with a request, beyond its public interface.

package import HTTPCore
package import Logging
package import Reactor

extension Request {
  /// The head as it was parsed, and the bytes its offsets point into.
  package var head: RequestHead { exchange.head }
  package var headBytes: [UInt8] { exchange.bytes }

  /// Whether the peer is one of the proxies whose word on the client is believed.
  package var peerIsTrusted: Bool { exchange.trustedProxies.trusts(exchange.peer) }

  /// The server's log.
  package var logger: Logger { exchange.logger }

  /// The thread of the request's connection.
  package var reactor: Reactor { exchange.reactor }

  /// The server's view of the process's descriptors, whatever limit it has at the moment.
  package var descriptorBudget: DescriptorBudget { exchange.worker.budget }

  /// Reads the whole body, which the server's limit bounds, and leaves it there: the handler that comes next can read
  /// it again. Throws what the body's iterator throws. On the connection's thread.
  package nonisolated(nonsending) func readBody() async throws -> [UInt8] {
    let whole = try await body.collect(upTo: .max)
    exchange.restoreBody(whole)
    return whole
  }

  /// Sends an answer that is not a task.
  package nonisolated(nonsending) func send(_ answer: Answer) async throws { try await exchange.send(answer) }

  /// Waits as `delivery` says, and has the answer travel by it that is given next, in whichever way: by `send`,
  /// `respond` or a stream. False where a fault of the delivery has taken the place of the answer, which is not to be
  /// made then. Throws CancellationError when the client goes or the server ends, and what `respond` does. On the
  /// connection's thread.
  package nonisolated(nonsending) func begin(_ delivery: Delivery) async throws -> Bool { try await exchange.begin(delivery) }

  /// Waits in mid-answer. False, at once, when the server or the connection's listener drains: the answer had better
  /// end then. Throws CancellationError when the client goes. On the connection's thread.
  package nonisolated(nonsending) func pause(milliseconds delay: Milliseconds) async throws -> Bool {
    try await exchange.pause(delay)
  }

  /// Sends an answer, also one that is a task, by a delivery; see `begin`.
  package nonisolated(nonsending) func deliver(_ answer: Answer, as delivery: Delivery) async throws {
    guard try await begin(delivery) else { return }
    if case .task(let task) = answer { try await task(self) } else { try await send(answer) }
  }

  /// Sends an interim answer, 102 to 199, unless the final one has begun; a client of HTTP/1.0 gets none. What it sends
  /// in all has to have a bound: nothing waits for the client. On the connection's thread.
  package func queueInterim(status: Int, fields: [FieldLine]) { exchange.queueInterim(status: status, fields: fields) }

  /// Says which route answers, for observers. On the connection's thread, before the answer.
  package func attribute(to route: RouteName) { exchange.answer.route = route }

  /// Says how the answer came about, for observers. On the connection's thread, before the answer ends.
  package func attribute(to outcome: AnswerOutcome) { exchange.answer.outcome = outcome }

  /// Says that a fault befell the answer, and what the configuration calls it, for observers. On the connection's
  /// thread, before the answer ends.
  package func attribute(toFault label: String) {
    exchange.answer.outcome = .fault
    exchange.answer.fault = label
  }

  /// The id of the request; nil where requests have none.
  package var requestID: RequestID? { exchange.requestID }

  /// Whatever answers the request, its head carries these fields as well. On the connection's thread, before the
  /// answer.
  package func add(_ fields: [FieldLine]) { exchange.answer.add(fields) }
}
