// How an answer travels, apart from what it says: when it begins, how fast it goes, and where it breaks.

/// The way of an answer to its client, for tests of clients that have to live with slow and broken servers. It can be
/// given to any answer, and changes nothing of what is answered before it on the connection, nor of the order.
package struct Delivery: Equatable, Sendable {
  /// From the moment the answer is asked for to its first octet; nil or zero: at once. A client that leaves ends the
  /// wait, and so does the end of the server. It counts as time of the handler (`ServerConfiguration.handlerTimeout`).
  package var wait: Duration?
  /// Octets of the body per second, at least 1; nil: as fast as the client takes them. The head is not held back.
  package var rate: Int?
  /// What goes wrong; nil: nothing.
  package var fault: Fault?

  package init(wait: Duration? = nil, rate: Int? = nil, fault: Fault? = nil) {
    self.wait = wait
    self.rate = rate
    self.fault = fault
  }

  /// What goes wrong, and the connection ends with each of them. What HEAD, 204 and 304 do not have cannot break: to
  /// them `malformedChunk` and `truncate` do nothing.
  package enum Fault: Equatable, Sendable {
    /// The connection is reset instead of an answer.
    case reset
    /// The connection is closed instead of an answer.
    case empty
    /// Nothing is sent, until the client goes or the server ends.
    case stall
    /// Octets that are not HTTP are sent instead of an answer.
    case garbage
    /// The head, half of the body's first piece as a chunk, and then a chunk whose size is not a number (RFC 9112
    /// §7.1). A client of HTTP/1.0, which knows no chunks, has the half alone.
    case malformedChunk
    /// The head announces the whole body, and the connection ends within it.
    case truncate(at: Cut)

    /// Whether it takes the place of the answer, which then need not be made.
    package var replacesAnswer: Bool {
      switch self {
      case .reset, .empty, .stall, .garbage: true
      case .malformedChunk, .truncate: false
      }
    }
  }

  /// Where a body breaks off.
  package enum Cut: Equatable, Sendable {
    /// After so many octets; below zero counts as zero.
    case octets(Int64)
    /// After so much of it, 0 to 100. A body whose length its head does not say goes whole, but for the chunk of size
    /// zero that would end it.
    case percent(Int)

    /// Octets of a body of `length` that are sent; nil where that is not known.
    func octets(of length: Int64?) -> Int64? {
      switch self {
      case .octets(let count): return max(0, count)
      case .percent(let percent):
        guard let length else { return nil }
        // In two parts, which no length overflows.
        let percent = Int64(min(max(0, percent), 100))
        return length / 100 * percent + length % 100 * percent / 100
      }
    }
  }
}
