// What the server's log says of each request at the level debug, for people who look for a fault.

import HTTPCore
import Logging
import Reactor

/// One event for each answered request. It is among the observers only where the logger's level lets it through, so
/// elsewhere it costs nothing.
final class RequestLog: RequestObserver, RequestObserverSource {
  private let logger: Logger

  /// Nil where the level of `logger` lets no event of this kind through.
  init?(_ logger: Logger) {
    guard logger.logLevel <= .debug else { return nil }
    self.logger = logger
  }

  func makeObserver(on reactor: Reactor) -> any RequestObserver { self }

  var wantsRequestIDs: Bool { true }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    var metadata = metadata(answer)
    metadata["method"] = "\(Self.text(bytes.extracting(head.method)))"
    metadata["target"] = "\(Self.text(bytes.extracting(head.target)))"
    metadata["client"] = "\(answer.clientAddress(head, bytes: bytes).logText)"
    logger.debug("request answered", metadata: metadata)
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {
    var metadata = metadata(answer)
    metadata["request"] = "\(Self.text(bytes.extracting(AccessLogBuffer.requestLine(in: bytes))))"
    metadata["client"] = "\(answer.peer.logText)"
    logger.debug("malformed request answered", metadata: metadata)
  }

  private func metadata(_ answer: AnsweredRequest) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "status": "\(answer.status)", "duration_us": "\(answer.microseconds)", "bytes_in": "\(answer.receivedBytes)",
      "bytes_out": "\(answer.sentBytes)",
    ]
    if let route = answer.route { metadata["route"] = "\(route.id)" }
    if let outcome = answer.outcome { metadata["outcome"] = "\(outcome)" }
    if let fault = answer.fault { metadata["fault"] = "\(fault)" }
    if let id = answer.requestID { metadata["request_id"] = "\(id)" }
    return metadata
  }

  private static func text(_ octets: Span<UInt8>) -> String { String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self) }
}
