// Outgoing HTTP exchanges, streamed, on a reactor.
//
// - UpstreamRequest, UpstreamExchange, UpstreamError: what goes in, what comes out, what goes wrong
// - UpstreamTransfer: one exchange in flight; UpstreamHeadCollector: its head, line by line
// - CurlMulti: libcurl's multi-socket interface on the reactor, with CurlLibrary, CurlTransfer, CurlOptions and CurlFailure; these five import CCurl,
//   and nothing of libcurl leaves them
//
// No redirect is followed, no cookie kept, no content decoded unless the request asks for it: what the upstream says is what the caller gets.

package import Reactor

/// Fetches from upstream servers over HTTP/1.1, and HTTP/2 where TLS offers it. One per reactor; all of it happens on that
/// reactor's thread, hence `@unchecked Sendable`.
package final class UpstreamClient: @unchecked Sendable {
  /// How many connections a client holds. Requests beyond them wait their turn within their timeouts.
  package struct Limits: Equatable, Sendable {
    /// To one host: what a browser's page of assets sent through one route keeps busy.
    package var connectionsPerHost = 32
    package var connections = 128
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
  }

  deinit {
    let multi = multi
    reactor.execute { multi.shutDown() }
  }

  /// Whether the library decodes every content coding of a list, which is a Content-Encoding field's value.
  package func decodes(_ codings: String) -> Bool {
    codings.lowercased().split(separator: ",").allSatisfy { coding in
      CurlLibrary.decodes(String(coding.filter { $0 != " " && $0 != "\t" }))
    }
  }

  /// Sends `request` and answers when the head of the final response is complete. On the reactor's thread.
  package func fetch(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamExchange {
    precondition(reactor.isCurrent, "fetch is called on its reactor")
    let transfer = UpstreamTransfer(request, multi: multi, reactor: reactor)
    let head = try await transfer.head().get()
    let reactor = reactor
    return UpstreamExchange(head, transfer) { reactor.execute { transfer.cancel() } }
  }
}
