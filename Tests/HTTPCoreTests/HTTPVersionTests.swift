import HTTPCore
import Testing

@Suite struct HTTPVersionTests {
  @Test func `only 1_0 and older lack what came with 1_1`() {
    #expect(!HTTPVersion(major: 0, minor: 9).isAtLeast11)
    #expect(!HTTPVersion.http10.isAtLeast11)
    #expect(HTTPVersion.http11.isAtLeast11)
    #expect(HTTPVersion(major: 2, minor: 0).isAtLeast11)
  }
}
