// Outgoing HTTP exchanges, streamed, on a reactor.
//
// - UpstreamRequest, UpstreamExchange, UpstreamError: what goes in, what comes out, what goes wrong
// - UpstreamTransfer: one exchange in flight, which UpstreamPlaces has let begin
// - UpstreamHeadCollector, UpstreamFraming, UpstreamChunks: its head line by line, and where its content ends; ContentDecoder: what it stands for
// - CurlMulti: libcurl's multi-socket interface on the reactor, with CurlLibrary, CurlTransfer, CurlOptions and CurlFailure; these five import CCurl,
//   and nothing of libcurl leaves them
//
// No redirect is followed, no cookie kept, no content decoded unless the request asks for it: what the upstream says is
// what the caller gets.

package import Reactor
import Synchronization

/// Fetches from upstream servers over HTTP/1.1, and HTTP/2 where TLS offers it. One per reactor; all of it happens on
/// that reactor's thread, hence `@unchecked Sendable`.
package final class UpstreamClient: @unchecked Sendable {
  /// How many connections a client keeps busy.
  package struct Limits: Equatable, Sendable {
    /// Exchanges with one origin at a time: what a browser's page of assets sent through one route keeps busy. Further
    /// ones wait their turn within their timeouts; one whose reader is behind does not count.
    package var connectionsPerHost = 32
    /// Kept open for the next request.
    package var idleConnections = 16
    /// Milliseconds after which, with no exchange in flight, kept connections close.
    package var idleLifetime: Milliseconds = 30_000

    package init() {}
  }

  private let reactor: Reactor
  private let multi: CurlMulti

  /// Loads libcurl when this is the first client of the process; throws `libraryMissing` where it is not installed.
  package init(reactor: Reactor, limits: Limits = Limits()) throws(UpstreamError) {
    try CurlLibrary.load()
    self.reactor = reactor
    multi = CurlMulti(reactor: reactor, limits: limits)
    DescriptorWatch.addHolder(multi) { [weak multi, weak reactor] in Self.closeIdle(multi, reactor) }
  }

  deinit {
    let multi = multi
    DescriptorWatch.removeHolder(multi)
    reactor.execute { multi.shutDown() }
  }

  /// Closes the connections that are kept for further requests, those in use once they are not. From any thread.
  private static func closeIdle(_ multi: CurlMulti?, _ reactor: Reactor?) {
    guard let multi, let reactor, multi.isAskedToClose.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
      return
    }
    reactor.execute {
      multi.isAskedToClose.store(false, ordering: .relaxed)
      multi.closeIdleConnections()
    }
  }

  /// Sends `request` and answers when the head of the final response is complete. On the reactor's thread.
  ///
  /// - Parameters:
  ///   - interim: hears each interim response (1xx) as it comes. It must not call this client.
  package func fetch(_ request: UpstreamRequest, interim: (@Sendable (UpstreamHead) -> Void)? = nil) async throws(UpstreamError)
    -> UpstreamExchange
  {
    precondition(reactor.isCurrent, "fetch is called on its reactor")
    let transfer = UpstreamTransfer(request, multi: multi, reactor: reactor, interim: interim)
    let head = try await transfer.head().get()
    let reactor = reactor
    return UpstreamExchange(head, transfer) { reactor.execute { transfer.cancel() } }
  }
}
