// What the connections of one listener have in common.

import Reactor

/// One listener, as its connections know it.
final class ListenerContext: Sendable {
  /// Where it listens.
  let address: SocketAddress

  init(address: SocketAddress) { self.address = address }
}
