// `Expect: 100-continue` (RFC 9110 §10.1.1) and handlers that do not follow the usual order.

import AsyncHTTPServer
import Testing

@Suite struct ContinueTests {
  /// Found by the connection fuzzer: the 100 stood between the chunks of the answer.
  @Test func `no interim answer stands within a final one`() async throws {
    try await withServer { request in
      let stream = ResponseBody.stream { writer in
        // Too late to ask for it.
        let body = try? await request.body.collect(upTo: 10)
        try await writer.write("\(body?.count ?? 0) octets")
      }
      try await request.respond(.ok, stream)
    } _: { _, address in
      let answer = try await roundTrip(
        address, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
      #expect(
        answer.withoutDate == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n8\r\n0 octets\r\n0\r\n\r\n")
    }
  }
}
