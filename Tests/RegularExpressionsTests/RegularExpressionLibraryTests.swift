// A library that is not there.

import Testing

@testable import RegularExpressions

@Suite struct RegularExpressionLibraryTests {
  @Test func `a missing library is an error that names the package`() throws {
    let result = RegularExpressionLibrary.load("libpcre2-that-is-not-there.so.0")
    guard case .failure(let error) = result else {
      Issue.record("it was loaded")
      return
    }
    #expect(error.description.contains("libpcre2-8-0"))
    #expect(error.description.contains("libpcre2-that-is-not-there.so.0"))
  }
}
