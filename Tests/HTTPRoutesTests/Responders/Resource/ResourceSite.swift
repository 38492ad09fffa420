// Requests with a body to a site.

import Foundation
import SystemPackage

extension Site {
  /// One request with a body on a connection of its own.
  func request(_ method: String, _ target: String, _ body: String, _ fields: String...) async throws -> Reply {
    let content = Array(body.utf8)
    let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close", "Content-Length: \(content.count)"] + fields
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content
    let address = address
    let result: Result<[UInt8], Errno> = await onOwnThread { Site.exchange(request, address) }
    return try Reply(try result.get(), hasContent: method != "HEAD")
  }
}
