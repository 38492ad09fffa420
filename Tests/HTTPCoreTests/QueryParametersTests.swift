import HTTPCore
import Testing

@Suite struct QueryParametersTests {
  private func pairs(_ query: String) -> [String] { QueryParameters(query).map { "\($0.name)=\($0.value)" } }

  @Test func `pairs come in order and decoded`() {
    #expect(pairs("a=1&b=2&a=3") == ["a=1", "b=2", "a=3"])
    #expect(pairs("q=a+b%20c%2Bd") == ["q=a b c+d"])
    #expect(pairs("n%61me=%E2%82%AC") == ["name=\u{20AC}"])
    #expect(pairs("a=b=c") == ["a=b=c"])
  }

  @Test func `a pair may lack a name or a value, but not both`() {
    #expect(pairs("a") == ["a="])
    #expect(pairs("a=") == ["a="])
    #expect(pairs("=b") == ["=b"])
    #expect(pairs("") == [])
    #expect(pairs("&&a=1&&") == ["a=1"])
    #expect(pairs("=") == ["="])
  }

  @Test func `a malformed escape is kept`() {
    #expect(pairs("a=100%") == ["a=100%"])
    #expect(pairs("a=%4") == ["a=%4"])
    #expect(pairs("a=%zz%41") == ["a=%zzA"])
    #expect(pairs("a=%FF") == ["a=\u{FFFD}"])
    #expect(pairs("%=%") == ["%=%"])
  }

  @Test func `a value is found by its decoded name`() {
    let query = QueryParameters("page=2&q=x+y&%71=z&empty=&flag&long+name=1")
    #expect(query["page"] == "2")
    #expect(query["q"] == "x y")
    #expect(query.values(of: "q") == ["x y", "z"])
    #expect(query["empty"]?.isEmpty == true)
    #expect(query["flag"]?.isEmpty == true)
    #expect(query["long name"] == "1")
    #expect(query["pag"] == nil)
    #expect(query["pagex"] == nil)
    #expect(query["PAGE"] == nil)
  }

  @Test func `bytes and text are the same query`() {
    let bytes = Array("a=1&b=%32".utf8)
    #expect(QueryParameters(bytes.span).map(\.value) == ["1", "2"])
  }

  @Test func `every value of a name is asked, decoded`() {
    func values(_ name: String, _ query: String) -> [String] {
      var seen: [String] = []
      #expect(
        !QueryParameters.contains(name, in: query.utf8.span) { value in
          seen.append(String(decoding: value.indices.map { value[$0] }, as: UTF8.self))
          return false
        })
      return seen
    }
    #expect(values("a", "a=1&b=2&%61=x+y%21&a") == ["1", "x y!", ""])
    #expect(values("c", "a=1") == [])
    #expect(QueryParameters.contains("a", in: "a=1&a=2".utf8.span) { $0[0] == UInt8(ascii: "2") })
  }
}
