// What the connections of one listener have in common.

import Reactor

/// One listener, as its connections know it.
final class ListenerContext: Sendable {
  /// Where it listens.
  let address: SocketAddress
  /// What answers its requests; nil for the handler of `serve`.
  let handler: HandlerBox?

  init(address: SocketAddress, handler: HandlerBox?) {
    self.address = address
    self.handler = handler
  }
}
