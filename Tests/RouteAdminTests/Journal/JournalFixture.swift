// Exchanges in text, written into a journal as an observer writes them.

import HTTPCore
import HTTPRoutes
import JSONText

@testable import RouteAdmin

/// An exchange as a test puts it.
struct Told {
  var head = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
  var body = ""
  var answerHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
  var answerBody = ""
  var status = 200
  var route: String? = "home"
  var outcome = ""
  var requestID = ""
  var client: [UInt8] = [127, 0, 0, 1]
  var isMalformed = false
  /// Octets of the bodies as they travelled; nil: as many as are kept.
  var receivedBytes: Int?
  var sentBytes: Int?
  /// Microseconds since 1970.
  var endedAt: Int64 = 1_700_000_000_000_000
  var duration: Int64 = 1_500

  static func get(_ target: String, status: Int = 200, route: String? = "home", _ fields: String...) -> Told {
    var told = Told(status: status, route: route)
    told.head = (["GET \(target) HTTP/1.1", "Host: localhost"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
    if route == nil, status == 404 { told.outcome = "unmatched" }
    return told
  }

  static func post(_ target: String, _ body: String, type: String = "application/json", _ fields: String...) -> Told {
    var told = Told()
    let lines = ["POST \(target) HTTP/1.1", "Host: localhost", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"] + fields
    told.head = lines.joined(separator: "\r\n") + "\r\n\r\n"
    told.body = body
    return told
  }

  /// Calls `body` with the pieces, which live as long as the call.
  func withPieces<R>(_ use: (RecordPieces) -> R) -> R {
    var header = RecordHeader()
    header.status = UInt16(status)
    header.endedAt = endedAt
    header.duration = duration
    header.isMalformed = isMalformed
    header.receivedBytes = Int64(receivedBytes ?? body.utf8.count)
    header.sentBytes = Int64(sentBytes ?? answerBody.utf8.count)
    let pieces = [route ?? "", requestID, head, body, answerHead, answerBody, outcome].map { Array($0.utf8) } + [client]
    let all = Array(pieces.joined())
    return all.withUnsafeBytes { buffer in
      var position = 0
      let parts = pieces.map { piece -> UnsafeRawBufferPointer in
        defer { position += piece.count }
        return UnsafeRawBufferPointer(rebasing: buffer[position..<position + piece.count])
      }
      return use(
        RecordPieces(
          header, route: parts[0], requestID: parts[1], client: parts[7], head: parts[2], requestBody: parts[3], answerHead: parts[4],
          answerBody: parts[5], outcome: parts[6]))
    }
  }

  /// As the journal keeps it.
  var kept: KeptExchange {
    withPieces { pieces in
      let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: pieces.size, alignment: RecordPieces.alignment)
      defer { storage.deallocate() }
      if let base = storage.baseAddress { pieces.write(to: base) }
      return KeptExchange(id: 1, record: UnsafeRawBufferPointer(storage))
    }
  }

  func shown(headers: [String] = JournalSettings.usualSecrets, json: [String] = []) throws -> ShownExchange {
    ShownExchange(kept, JournalRedaction(headers: headers, paths: try json.map { try JSONPath($0) }))
  }
}

extension Journal {
  /// A journal with these exchanges.
  convenience init(_ exchanges: [Told], entries: Int = 1_000, bytes: Int64 = 1 << 20, json: [String] = []) throws {
    var settings = JournalSettings()
    settings.entries = entries
    settings.bytes = bytes
    settings.redactJSON = try json.map { try JSONPath($0) }
    self.init(settings)
    let writer = makeWriter()
    for exchange in exchanges { exchange.withPieces { writer.write($0) } }
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
