import HTTPCore
import Testing

@Suite struct PreconditionsTests {
  private let tag = EntityTag(opaque: "a")
  private let weak = EntityTag(isWeak: true, opaque: "a")
  /// Sun, 06 Nov 1994 08:49:37 GMT
  private let modified: Int64 = 784_111_777
  private let sameTime = "Sun, 06 Nov 1994 08:49:37 GMT"
  private let earlier = "Sun, 06 Nov 1994 08:49:36 GMT"
  private let later = "Sun, 06 Nov 1994 08:49:38 GMT"
  private let now: Int64 = 1_772_323_200

  private func evaluate(_ conditions: Preconditions, get: Bool = true, tag: EntityTag?, modified: Int64?) -> Preconditions.Outcome {
    conditions.evaluate(isGetOrHead: get, entityTag: tag, lastModified: modified, now: now)
  }

  @Test func `without conditions a request proceeds`() {
    #expect(Preconditions().isEmpty)
    #expect(evaluate(Preconditions(), tag: tag, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(), tag: nil, modified: nil) == .proceed)
  }

  // MARK: If-Match, If-Unmodified-Since

  @Test func `If-Match compares strongly`() {
    #expect(evaluate(Preconditions(ifMatch: #""a""#), get: false, tag: tag, modified: nil) == .proceed)
    #expect(evaluate(Preconditions(ifMatch: #""b", "a""#), get: false, tag: tag, modified: nil) == .proceed)
    #expect(evaluate(Preconditions(ifMatch: "*"), get: false, tag: nil, modified: nil) == .proceed)
    for value in [#""b""#, #"W/"a""#, "a", ""] {
      #expect(evaluate(Preconditions(ifMatch: value), get: false, tag: tag, modified: nil) == .preconditionFailed)
    }
    #expect(evaluate(Preconditions(ifMatch: #""a""#), tag: weak, modified: nil) == .preconditionFailed)
    #expect(evaluate(Preconditions(ifMatch: #""a""#), tag: nil, modified: nil) == .preconditionFailed)
  }

  @Test func `If-Unmodified-Since fails when it was modified since`() {
    #expect(evaluate(Preconditions(ifUnmodifiedSince: sameTime), get: false, tag: nil, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(ifUnmodifiedSince: later), get: false, tag: nil, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(ifUnmodifiedSince: earlier), get: false, tag: nil, modified: modified) == .preconditionFailed)
    #expect(evaluate(Preconditions(ifUnmodifiedSince: earlier), get: false, tag: nil, modified: nil) == .proceed)
    #expect(evaluate(Preconditions(ifUnmodifiedSince: "yesterday"), get: false, tag: nil, modified: modified) == .proceed)
  }

  @Test func `If-Match makes If-Unmodified-Since void`() {
    let conditions = Preconditions(ifMatch: #""a""#, ifUnmodifiedSince: earlier)
    #expect(evaluate(conditions, get: false, tag: tag, modified: modified) == .proceed)
  }

  // MARK: If-None-Match, If-Modified-Since

  @Test func `If-None-Match compares weakly`() {
    for value in [#""a""#, #"W/"a""#, #""b", W/"a""#, "*"] {
      #expect(evaluate(Preconditions(ifNoneMatch: value), tag: tag, modified: nil) == .notModified)
      #expect(evaluate(Preconditions(ifNoneMatch: value), tag: weak, modified: nil) == .notModified)
      #expect(evaluate(Preconditions(ifNoneMatch: value), get: false, tag: tag, modified: nil) == .preconditionFailed)
    }
    for value in [#""b""#, "a", ""] { #expect(evaluate(Preconditions(ifNoneMatch: value), tag: tag, modified: nil) == .proceed) }
    #expect(evaluate(Preconditions(ifNoneMatch: #""a""#), tag: nil, modified: nil) == .proceed)
  }

  @Test func `If-Modified-Since saves the content when it was not`() {
    #expect(evaluate(Preconditions(ifModifiedSince: sameTime), tag: nil, modified: modified) == .notModified)
    #expect(evaluate(Preconditions(ifModifiedSince: later), tag: nil, modified: modified) == .notModified)
    #expect(evaluate(Preconditions(ifModifiedSince: earlier), tag: nil, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(ifModifiedSince: sameTime), get: false, tag: nil, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(ifModifiedSince: sameTime), tag: nil, modified: nil) == .proceed)
    #expect(evaluate(Preconditions(ifModifiedSince: "\(sameTime), \(sameTime)"), tag: nil, modified: modified) == .proceed)
  }

  @Test func `If-None-Match makes If-Modified-Since void`() {
    #expect(evaluate(Preconditions(ifNoneMatch: #""b""#, ifModifiedSince: later), tag: tag, modified: modified) == .proceed)
    #expect(evaluate(Preconditions(ifNoneMatch: #""a""#, ifModifiedSince: earlier), tag: tag, modified: modified) == .notModified)
  }

  @Test func `a failed If-Match comes before If-None-Match`() {
    let conditions = Preconditions(ifMatch: #""b""#, ifNoneMatch: #""a""#)
    #expect(evaluate(conditions, tag: tag, modified: nil) == .preconditionFailed)
  }

  // MARK: If-Range

  @Test func `a range applies when the tag is the very one`() {
    func applies(_ ifRange: String?, tag: EntityTag?, modified: Int64? = nil, now: Int64? = nil) -> Bool {
      Preconditions(ifRange: ifRange).rangeApplies(entityTag: tag, lastModified: modified, now: now ?? self.now)
    }
    #expect(applies(nil, tag: nil))
    #expect(applies(#""a""#, tag: tag))
    #expect(!applies(#""b""#, tag: tag))
    #expect(!applies(#"W/"a""#, tag: weak))
    #expect(!applies(#"W/"a""#, tag: tag))
    #expect(!applies(#""a""#, tag: nil))
    #expect(applies(sameTime, tag: nil, modified: modified))
    #expect(!applies(later, tag: nil, modified: modified))
    #expect(!applies(earlier, tag: nil, modified: modified))
    #expect(!applies(sameTime, tag: nil))
    #expect(!applies("nonsense", tag: tag, modified: modified))
    #expect(!applies(sameTime, tag: nil, modified: modified, now: modified), "it may change again within this second")
  }

  @Test func `conditions are taken from a head`() throws {
    let text = """
      GET / HTTP/1.1\r
      Host: a\r
      If-Match: "a"\r
      If-Match: "b"\r
      If-None-Match: *\r
      If-Modified-Since: c\r
      If-Unmodified-Since: d\r
      If-Range: e\r
      \r\n
      """
    let bytes = Array(text.utf8)
    var parser = HeadParser()
    #expect(try parser.parse(bytes.span))
    #expect(
      Preconditions(parser.head, in: bytes.span)
        == Preconditions(ifMatch: #""a", "b""#, ifNoneMatch: "*", ifModifiedSince: "c", ifUnmodifiedSince: "d", ifRange: "e"))
  }
}
