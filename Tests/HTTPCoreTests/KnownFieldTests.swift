import HTTPCore
import Testing

@Suite struct KnownFieldTests {
  @Test(arguments: KnownField.allCases.filter { $0 != .other }) func `a name is recognised in any case and only whole`(_ field: KnownField)
  {
    #expect(KnownField(field.name) == field)
    #expect(KnownField(field.name.lowercased()) == field)
    #expect(KnownField(field.name.uppercased()) == field)
    #expect(KnownField(field.name + "x") == .other)
    #expect(KnownField(String(field.name.dropLast()) + "0") == .other)
  }

  @Test func `a name that is none of them is other`() {
    #expect(KnownField("") == .other)
    #expect(KnownField("X-Custom") == .other)
    #expect(KnownField("Content_Length") == .other)
    #expect(KnownField(String(repeating: "Host", count: 20)) == .other)
    #expect(KnownField.other.name.isEmpty)
  }

  @Test func `a set has what was put in and nothing else`() {
    for field in KnownField.allCases {
      let set = KnownFieldSet(field)
      #expect(KnownField.allCases.filter(set.contains) == [field])
    }
    let both: KnownFieldSet = [KnownFieldSet(.host), KnownFieldSet(.wwwAuthenticate)]
    #expect(both.contains(.host) && both.contains(.wwwAuthenticate) && !both.contains(.range))
  }

  @Test func `methods are recognised exactly`() {
    let methods: [(String, KnownMethod)] = [
      ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options), ("PATCH", .patch),
      ("CONNECT", .connect), ("TRACE", .trace),
    ]
    for (name, method) in methods {
      #expect(KnownMethod(name) == method)
      #expect(KnownMethod(name.lowercased()) == .other)
      #expect(KnownMethod(name + "X") == .other)
    }
    #expect(KnownMethod("") == .other)
    #expect(KnownMethod("PROPPATCH") == .other)
  }
}
