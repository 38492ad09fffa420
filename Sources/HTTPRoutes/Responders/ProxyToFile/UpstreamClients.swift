// The clients of upstreams, one for each thread.

import Reactor
import UpstreamClient

/// One client for each thread, made when the first fetch needs it.
final class UpstreamClients {
  private let client: Result<UpstreamClient, UpstreamError>

  private init(_ reactor: Reactor) {
    do throws(UpstreamError) { client = .success(try UpstreamClient(reactor: reactor)) } catch { client = .failure(error) }
  }

  static func client(on reactor: Reactor) -> Result<UpstreamClient, UpstreamError> {
    reactor.local { UpstreamClients(reactor) }.client
  }
}
