import HTTPCore
import Testing

@Suite struct ResponseFramingTests {
  private func choose(
    _ method: KnownMethod = .get, _ status: Int = 200, _ version: HTTPVersion = .http11, length: Int64?
  ) -> (ResponseFraming, Bool) {
    let choice = ResponseFraming.choose(requestMethod: method, status: status, requestVersion: version, contentLength: length)
    return (choice.framing, choice.sendsContent)
  }

  @Test func `a known length is announced`() {
    #expect(choose(length: 5) == (.length(5), true))
    #expect(choose(length: 0) == (.length(0), true))
    #expect(choose(.get, 200, .http10, length: 5) == (.length(5), true))
    #expect(choose(.get, 404, length: 5) == (.length(5), true))
  }

  @Test func `an unknown length is chunked, or ends with the connection`() {
    #expect(choose(length: nil) == (.chunked, true))
    #expect(choose(.get, 200, .http10, length: nil) == (.untilClose, true))
  }

  @Test func `HEAD is answered with the fields of GET and no content`() {
    #expect(choose(.head, length: 5) == (.length(5), false))
    #expect(choose(.head, length: nil) == (.chunked, false))
    #expect(choose(.head, 200, .http10, length: nil) == (.untilClose, false))
  }

  @Test(arguments: [100, 101, 103, 199, 204, 304]) func `a status without content has no framing`(_ status: Int) {
    #expect(choose(.get, status, length: 5) == (.none, false))
    #expect(choose(.get, status, length: nil) == (.none, false))
  }

  @Test func `205 says that nothing follows`() {
    #expect(choose(.post, 205, length: 5) == (.length(0), false))
  }
}
