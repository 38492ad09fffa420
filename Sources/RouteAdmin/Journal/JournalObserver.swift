// What of a request is written down on the thread of its worker: octets are copied, nothing is formatted.

package import AsyncHTTPServer
import HTTPCore
package import Reactor

extension Journal: RequestObserverSource {
  package func makeObserver(on reactor: Reactor) -> any RequestObserver { JournalObserver(self) }
}

/// One worker's observer. Confined to its thread, which is what makes it Sendable.
final class JournalObserver: RequestObserver, @unchecked Sendable {
  private let journal: Journal
  private let writer: JournalWriter
  /// Used again for each request.
  private var requestID: [UInt8] = []

  let maxCapturedBytes: Int
  let wantsRequestIDs = true

  /// Octets that are kept of what could not be read as a request.
  private static let maxLineLength = 1_024

  init(_ journal: Journal) {
    self.journal = journal
    writer = journal.makeWriter()
    maxCapturedBytes = journal.maxBodyBytes
  }

  deinit { journal.forget(writer) }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    let client = answer.clientAddress(head, bytes: bytes)
    let count = head.byteCount
    bytes.withUnsafeBytes { octets in
      write(answer, client, UnsafeRawBufferPointer(rebasing: octets.prefix(count)), content, isMalformed: false)
    }
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
    let line = Self.requestLine(bytes)
    bytes.withUnsafeBytes { octets in
      write(answer, answer.peer, UnsafeRawBufferPointer(rebasing: octets[line]), nil, isMalformed: true)
    }
  }

  /// The first line that is not empty, as far as it is kept.
  private static func requestLine(_ bytes: Span<UInt8>) -> Range<Int> {
    var start = 0
    while start < bytes.count, bytes[start] == 0x0D || bytes[start] == 0x0A { start += 1 }
    let limit = min(bytes.count, start + maxLineLength)
    var end = start
    while end < limit, bytes[end] != 0x0A { end += 1 }
    return start..<end
  }

  private func write(
    _ answer: AnsweredRequest, _ client: SocketAddress, _ head: UnsafeRawBufferPointer, _ content: ExchangeContent?, isMalformed: Bool
  ) {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    var header = RecordHeader()
    header.status = UInt16(clamping: answer.status)
    header.isMalformed = isMalformed
    header.endedAt = answer.time
    header.duration = answer.microseconds
    header.receivedBytes = answer.receivedBytes
    header.sentBytes = answer.sentBytes
    requestID.removeAll(keepingCapacity: true)
    // An answer carries it, and spelling it is not for nothing.
    if content?.answerHead.isEmpty ?? true { answer.requestID?.append(to: &requestID) }
    // Others may have asked for more of the bodies.
    let requestBody = content.map { UnsafeRawBufferPointer(rebasing: $0.requestBody.prefix(maxCapturedBytes)) } ?? nothing
    let answerBody = content.map { UnsafeRawBufferPointer(rebasing: $0.answerBody.prefix(maxCapturedBytes)) } ?? nothing
    var route = answer.route?.id ?? ""
    var outcome = answer.outcome?.description ?? ""
    if let fault = answer.fault { outcome += " \(fault)" }
    client.withAddressBytes { client in
      requestID.withUnsafeBytes { requestID in
        route.withUTF8 { route in
          outcome.withUTF8 { outcome in
            writer.write(
              RecordPieces(
                header, route: UnsafeRawBufferPointer(route), requestID: requestID, client: client, head: head, requestBody: requestBody,
                answerHead: content?.answerHead ?? nothing, answerBody: answerBody, outcome: UnsafeRawBufferPointer(outcome)))
          }
        }
      }
    }
  }
}
