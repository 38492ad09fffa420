import Testing

@testable import HTTPRoutes

struct AnswerAudienceTests {
  private func audience(_ fields: [(String, String)]) -> AnswerAudience {
    AnswerAudience(fields.map { (name: $0.0, value: $0.1) }, credentials: ["authorization", "cookie", "x-api-key"])
  }

  @Test(
    arguments: [
      [("Cache-Control", "private")], [("cache-control", "max-age=3, No-Store")],
      [("Cache-Control", "max-age=1"), ("Cache-Control", "private")],
      [("Cache-Control", "private=\"set-cookie\", max-age=1")], [("Set-Cookie", "a=1")], [("Vary", "accept, Cookie")],
      [("Vary", "X-API-Key")],
      [("Vary", "*")], [("Vary", "Accept"), ("Vary", "Authorization")],
    ] as [[(String, String)]])
  func `an answer may say that it is one client's`(_ fields: [(String, String)]) {
    #expect(audience(fields).isPrivate)
  }

  @Test(
    arguments: [
      [], [("Cache-Control", "no-cache, max-age=0")], [("Cache-Control", "public")], [("Cookie", "a=1")],
      [("Vary", "Accept-Encoding, Origin")],
      [("X-Cache-Control", "private")],
    ] as [[(String, String)]])
  func `any other is everybody's`(_ fields: [(String, String)]) {
    #expect(!audience(fields).isPrivate)
  }

  @Test func `an answer varies by what its Vary names, but for what says who asks and what we send`() {
    #expect(
      audience([("Vary", "Origin, accept-language , Accept-Encoding"), ("vary", "ORIGIN, cookie, Host")]).varying == [
        "accept-language", "origin",
      ])
    #expect(audience([("Vary", "Origin, *")]).isSingular)
    let many = (0..<17).map { "x-\($0)" }.joined(separator: ", ")
    #expect(audience([("Vary", many)]).isSingular && audience([("Vary", many)]).isPrivate)
  }
}
