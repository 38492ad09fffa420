// The bounds on a request head, with their reasons.

package struct HeadLimits: Equatable, Sendable {
  /// Octets of the request line without its line end. 8,000 is what RFC 9112 §3 asks of every recipient; browsers stay
  /// below it.
  package var requestLine: Int

  /// Octets of the whole head, leading empty lines and the final empty line included: what one client can make the
  /// server hold.
  package var head: Int

  /// Field lines. A hundred is several times what browsers behind two proxies send, and bounds the work of looking one
  /// up.
  package var fields: Int

  package init(requestLine: Int = 8192, head: Int = 32768, fields: Int = 100) {
    precondition(head <= Int(UInt32.max), "offsets are kept in 32 bits")
    precondition(requestLine > 0 && head > 0 && fields >= 0)
    self.requestLine = requestLine
    self.head = head
    self.fields = fields
  }

  /// Octets of a method. The longest registered one has 17; a token that does not end here is not a method.
  static var method: Int { 64 }
}
