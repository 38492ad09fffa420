import HTTPRoutes
import Testing

@Suite struct MethodSetTests {
  @Test func `a method name round-trips and is case-sensitive`() {
    for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PURGE", "get"] {
      #expect(RequestMethod(name: name).name == name)
    }
    #expect(RequestMethod(name: "get") != .get)
    #expect(RequestMethod(name: "PURGE") == .other("PURGE"))
  }

  @Test func `Allow names the methods in a fixed order, unregistered ones last`() {
    let methods: MethodSet = [.other("PURGE"), .trace, .options, .delete, .other("MOVE"), .patch, .put, .post, .get, .other("MOVE")]
    #expect(methods.allowValue == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, MOVE, PURGE")
    #expect(MethodSet().allowValue == "")
  }

  @Test func `HEAD is where GET is, and not the other way round`() {
    let reading: MethodSet = [.get]
    #expect(reading.contains(.head))
    #expect(reading == [.get, .head])
    let heads: MethodSet = [.head]
    #expect(!heads.contains(.get))
  }

  @Test func `any method contains every token and any set`() {
    #expect(MethodSet.any.contains(.other("BREW")))
    #expect(MethodSet.any.isSuperset(of: [.get, .other("BREW")]))
    #expect(MethodSet.any.isSuperset(of: .any))
    #expect(MethodSet.any.allowValue == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
  }

  @Test func `no list of methods is any method`() {
    let listed = MethodSet(
      ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PURGE"].map(RequestMethod.init(name:)))
    #expect(!listed.isAny)
    #expect(!listed.isSuperset(of: .any))
    #expect(!listed.contains(.other("BREW")))
  }

  @Test func `unregistered methods are told apart by name`() {
    let purge: MethodSet = [.other("PURGE")]
    #expect(purge.contains(.other("PURGE")))
    #expect(!purge.contains(.other("MOVE")))
    #expect(!purge.isSuperset(of: [.other("MOVE")]))
    #expect(MethodSet([.get, .other("MOVE"), .other("PURGE")]).isSuperset(of: purge))
  }

  @Test func `a union has the members of both`() {
    var methods: MethodSet = [.post, .other("PURGE")]
    methods.formUnion([.get, .other("MOVE")])
    #expect(methods == [.get, .head, .post, .other("MOVE"), .other("PURGE")])
    methods.formUnion(.any)
    #expect(methods == .any)
    methods.insert(.other("LOCK"))
    #expect(methods == .any)
  }
}
