// What is kept of the octets of an exchange while it goes on, for observers that capture it.

/// What was kept of an exchange. The buffers live as long as the call that they are passed to. They are empty where no
/// observer captures, and may hold more than one that captures asked for: as much as the others did. A body that is
/// sent from a file is not in it.
package struct ExchangeContent {
  /// The first octets of the request's body, without its framing.
  package let requestBody: UnsafeRawBufferPointer
  /// The status line and the fields of the answer as on the wire, up to the empty line.
  package let answerHead: UnsafeRawBufferPointer
  /// The first octets of the answer's body, without its framing.
  package let answerBody: UnsafeRawBufferPointer

  /// Nothing.
  static var none: ExchangeContent {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    return ExchangeContent(requestBody: nothing, answerHead: nothing, answerBody: nothing)
  }
}

/// Copies of what is queued of an answer that a task gives: it leaves in pieces, and the queue keeps none of them.
final class AnswerCapture {
  let maxBodyBytes: Int
  private(set) var head: [UInt8] = []
  private(set) var body: [UInt8] = []

  init(maxBodyBytes: Int) { self.maxBodyBytes = maxBodyBytes }

  /// The head of the final answer, framing and all.
  func keepHead(_ octets: ArraySlice<UInt8>) { head = Array(octets) }

  /// The next piece of the body.
  func keepBody(_ octets: some Collection<UInt8>) {
    let room = maxBodyBytes - body.count
    if room > 0 { body.append(contentsOf: octets.prefix(room)) }
  }
}
