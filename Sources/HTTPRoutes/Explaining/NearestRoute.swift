// The route that a request came nearest to, for a line on the terminal.

package import HTTPCore
package import Reactor

extension RouteTable {
  /// Whether the log has a word on each request that no route answers: not where each is shown with its nearest route.
  package func notesUnmatchedRequests(_ notes: Bool) { unmatchedRequests.setSilent(!notes) }

  /// The id of the nearest route, where it stands, and what of it the request lacked, in one line; nil where a route
  /// answers, and where there is none. What credentials say is left out.
  ///
  /// - Parameters:
  ///   - body: of the request, as far as it was kept.
  ///   - client: that conditions on the client are asked about.
  package func nearestRoute(
    to head: borrowing RequestHead, bytes: Span<UInt8>, body: UnsafeRawBufferPointer, client: SocketAddress, now: Int64
  ) -> String? {
    let origin = RequestOrigin.explanation(client: client, now: now)
    var content = RequestBodyState.none
    if !body.isEmpty { content = .read(BodyValues(Array(body), contentType: head.combinedValue(of: .contentType, in: bytes))) }
    return decider.decide(head, bytes, origin, content) { head, decision, path, _ in
      guard decision.isUnmatched else { return nil }
      let misses = decider.nearMisses(head, bytes, path: path, origin, content)
      return NearMissReport(sentence: "", misses: misses, routes: routes).logLine
    }
  }
}
