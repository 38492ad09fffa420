// What a connection does while its handler works: it waits, for a client that waits too.
//
// A client that has shut its sending side and one that has closed altogether look the same until something is sent. The
// first is rare (it sends its request, half-closes and reads), the second holds a descriptor, a handler and what that
// has open. So from the FIN on the handler has one second to begin its answer, and to go on with it, and then the
// exchange is given up: the connection closes, which cancels the handler's task. What is ready is sent whole, however
// slowly the client takes it.
//
// At the limit of descriptors there is no such second. A listener's queue then holds many clients that have left while
// they waited in it, and each of their requests would take the room of a client that is still there. So a request is
// not begun when its client has closed its side before. A client that half-closed and still reads gets a 503.

import HTTPCore
import Reactor

extension Connection {
  /// Whether the client has closed its side, and everything before that is read.
  var hasLeft: Bool { peerHasStopped || (try? Syscalls.peek(descriptor)) == .some(.some(0)) }

  /// How long a handler may be without progress once its client has closed its side.
  static let farewell: Milliseconds = 1000

  /// Nothing is expected of the client while its handler works.
  func waitForHandler() {
    if let limit = worker.settings.handlerTimeout { setDeadline(.handler, after: limit) } else { clearDeadline() }
    if peerHasStopped { bidFarewell() }
  }

  /// The handler is slow, not the client: the clock stops until the handler goes on.
  func stopClock() {
    clearDeadline()
    if peerHasStopped { bidFarewell() }
  }

  /// The end of the client's octets is in the kernel, and what is before it is not read yet.
  func peerStoppedSending() {
    peerHasStopped = true
    setInterest(interest.subtracting(.peerClosed))
    if currentDeadline == .none || currentDeadline == .handler { bidFarewell() }
  }

  /// Gives the handler its last moment, unless another deadline ends the exchange before.
  func bidFarewell() {
    guard let exchange, currentDeadline != .write else { return }
    if currentDeadline == .handler, timeLeft <= Self.farewell { return }
    farewellMark = exchange.progress
    setDeadline(.farewell, after: Self.farewell)
  }

  func farewellExpired() {
    guard let exchange else { return }
    // An answer that goes on is for a client that reads it, as far as anyone can know.
    if exchange.progress != farewellMark || !output.isEmpty { return bidFarewell() }
    abort()
  }
}
