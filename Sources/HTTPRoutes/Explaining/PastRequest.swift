// A request that was answered before and is looked at again: why no route answered it, whether it is like another.

import HTTPCore
package import Reactor

/// A request that was kept. Confined to one thread.
package struct PastRequest {
  let head: RequestHead
  let bytes: [UInt8]
  let origin: RequestOrigin
  let content: RequestBodyState

  /// Reads a head. Nil for octets that are not the head of a request.
  ///
  /// - Parameters:
  ///   - octets: as they were read, the empty line at the end included.
  ///   - body: as far as it was kept.
  ///   - time: when it came, in seconds since 1970.
  package init?(head octets: [UInt8], body: [UInt8], client: SocketAddress, time: Int64) {
    // The server has bounded it; what was changed since may be longer.
    let limits = HeadLimits(requestLine: max(1, octets.count), head: max(1, octets.count), fields: octets.count)
    var parser = HeadParser(limits: limits)
    guard (try? parser.parse(octets.span)) == true else { return nil }
    head = parser.head
    bytes = octets
    origin = .explanation(client: client, now: time)
    let type = head.combinedValue(of: .contentType, in: octets.span)
    content = body.isEmpty && !head.hasBody ? .none : .read(BodyValues(body, contentType: type))
  }
}

extension RouteTable {
  /// The routes that come nearest to answering a request, nearest first, and the one that answers it now, if any: the
  /// table may be another than that which the request met.
  package func nearMisses(of request: PastRequest) -> (answering: Route?, misses: [NearMiss]) {
    let bytes = request.bytes
    // Without an origin no route's memory is asked.
    return decider.decide(request.head, bytes.span, nil, .none) { head, decision, path, _ in
      if case .refused = decision { return (nil, []) }
      let explanations = decider.explain(head, bytes.span, path: path, request.origin, request.content)
      let answering = explanations.first { $0.reason == .matched }.map { routes[$0.routeIndex] }
      return (answering, decider.nearMisses(head, bytes.span, path: path, request.origin, request.content))
    }
  }
}
