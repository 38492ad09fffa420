import HTTPCore
import Testing

@Suite struct ByteClassTests {
  private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

  private func expect(_ byteClass: ByteClass, toBe members: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let expected = Set(members.utf8)
    let actual = Set((0...255).map(UInt8.init).filter(byteClass.contains))
    #expect(actual == expected, sourceLocation: sourceLocation)
  }

  @Test func `a token is letters, digits and fifteen signs`() {
    expect(.token, toBe: Self.alphanumerics + "!#$%&'*+-.^_`|~")
  }

  @Test func `a registered name is unreserved octets and sub-delimiters`() {
    expect(.registeredName, toBe: Self.alphanumerics + "-._~" + "!$&'()*+,;=")
  }

  @Test func `unreserved octets are letters, digits and four signs`() {
    expect(.unreserved, toBe: Self.alphanumerics + "-._~")
  }

  @Test func `a path segment has colon and at sign too`() {
    expect(.pathSegment, toBe: Self.alphanumerics + "-._~" + "!$&'()*+,;=" + ":@")
  }

  @Test func `an entity tag is everything visible but the quote`() {
    let visible = (UInt8(0x21)...0x7E).filter { $0 != UInt8(ascii: "\"") }
    expect(.entityTag, toBe: String(decoding: visible, as: UTF8.self))
  }
}
