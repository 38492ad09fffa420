import HTTPCore
import Testing

@testable import Recordings

struct AnswerAudienceTests {
  private func audience(_ fields: [FieldLine]) -> AnswerAudience {
    AnswerAudience(fields, credentials: ["authorization", "cookie", "x-api-key"])
  }

  @Test(
    arguments: [
      [FieldLine("Cache-Control", "private")], [FieldLine("cache-control", "max-age=3, No-Store")],
      [FieldLine("Cache-Control", "max-age=1"), FieldLine("Cache-Control", "private")],
      [FieldLine("Cache-Control", "private=\"set-cookie\", max-age=1")], [FieldLine("Set-Cookie", "a=1")],
      [FieldLine("Vary", "accept, Cookie")],
      [FieldLine("Vary", "X-API-Key")],
      [FieldLine("Vary", "*")], [FieldLine("Vary", "Accept"), FieldLine("Vary", "Authorization")],
    ] as [[FieldLine]])
  func `an answer may say that it is one client's`(_ fields: [FieldLine]) {
    #expect(audience(fields).isPrivate)
  }

  @Test(
    arguments: [
      [], [FieldLine("Cache-Control", "no-cache, max-age=0")], [FieldLine("Cache-Control", "public")], [FieldLine("Cookie", "a=1")],
      [FieldLine("Vary", "Accept-Encoding, Origin")],
      [FieldLine("X-Cache-Control", "private")],
    ] as [[FieldLine]])
  func `any other is everybody's`(_ fields: [FieldLine]) {
    #expect(!audience(fields).isPrivate)
  }

  @Test func `an answer varies by what its Vary names, but for what says who asks and what we send`() {
    #expect(
      audience([FieldLine("Vary", "Origin, accept-language , Accept-Encoding"), FieldLine("vary", "ORIGIN, cookie, Host")]).varying == [
        "accept-language", "origin",
      ])
    #expect(audience([FieldLine("Vary", "Origin, *")]).isSingular)
    let many = (0..<17).map { "x-\($0)" }.joined(separator: ", ")
    #expect(audience([FieldLine("Vary", many)]).isSingular && audience([FieldLine("Vary", many)]).isPrivate)
  }
}
