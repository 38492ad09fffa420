// Tests, comparisons and functions of filters.

import JSONText
import Testing

@Suite struct JSONPathFilterTests {
  /// The positions that a filter selects of an array.
  private static func positions(_ filter: String, _ document: String) throws -> [Int] {
    let selection = try JSONPath("$[?\(filter)]", engine: PatternEngine.engine).select(from: JSONValue(parsing: document))
    #expect(!selection.reachedLimit)
    return selection.nodes.compactMap { Int($0.path.dropFirst(2).dropLast()) }
  }

  @Test(arguments: [
    ("@.a", [0, 1, 2, 3, 4]), ("!@.a", [5, 6]), ("@.a==1", [0, 1]), ("@.a!=1", [2, 3, 4, 5, 6]), ("@.a==@.b", [5, 6]),
    ("@.a==@.a", [0, 1, 2, 3, 4, 5, 6]),
    ("@.b==$.nothing", [0, 1, 2, 3, 4, 5, 6]), ("@.a<2", [0, 1]), ("@.a<=1.0", [0, 1]), ("@.a>0", [0, 1]), ("@.a>='1'", [2]),
    ("@.a<'2'", [2]),
    ("@.a<null", []), ("@.a<=null", [3]), ("@.a>=null", [3]), ("@.a==null", [3]), ("@.a==false", [4]), ("@.a<true", []),
    ("@.b<=@.c", [0, 1, 2, 3, 4, 5, 6]),
    ("@.b<@.c", []), ("@.a==1 || @.a=='1'", [0, 1, 2]), ("@.a && @.a==1", [0, 1]), ("@.a==1 && @.x || @.a==null", [0, 3]),
    ("@.a==1 && (@.x || @.a==null)", [0]), ("!(@.a==1)", [2, 3, 4, 5, 6]), ("@.x", [0]), ("@", [0, 1, 2, 3, 4, 5, 6]),
    ("@.*", [0, 1, 2, 3, 4, 5]),
    ("@ == 6", [6]), ("6==@", [6]), ("@..a", [0, 1, 2, 3, 4, 5]), ("@['a','x']", [0, 1, 2, 3, 4]),
  ])
  func `a filter tests existence and compares`(_ filter: String, _ positions: [Int]) throws {
    let document = #"[{"a":1,"x":0},{"a":1.0},{"a":"1"},{"a":null},{"a":false},{"y":[{"a":0}]},6]"#
    #expect(try Self.positions(filter, document) == positions)
  }

  @Test(arguments: [
    ("@==12345678901234567890", [0]), ("@<12345678901234567891", [0, 2, 3, 4, 5]), ("@==1e400", [6]), ("@>1e399", [6]), ("@==0.1", [2]),
    ("@==1E2", [3]),
    ("@==-0", [4]), ("@>=0 && @<1e-1", [4]), ("@==-1.50", [5]), ("@<0", [5]),
  ])
  func `numbers compare by exact value`(_ filter: String, _ positions: [Int]) throws {
    #expect(try Self.positions(filter, "[12345678901234567890,12345678901234567891,1e-1,100.0,0,-1.5,1e400]") == positions)
  }

  @Test func `arrays and objects are equal by content, and have no order`() throws {
    let document = #"[[1,[2]],[1.0,[2]],[1],{"a":1,"b":2},{"b":2,"a":1},{"a":1},"[1]"]"#
    #expect(try Self.positions("@==$[0]", document) == [0, 1])
    #expect(try Self.positions("@==$[3]", document) == [3, 4])
    #expect(try Self.positions("@<$[2]", document) == [])
    #expect(try Self.positions("@<=$[2]", document) == [2])
  }

  @Test func `strings compare by code points`() throws {
    #expect(try Self.positions("@>'a'", #"["a","ab","B","é","😀"]"#) == [1, 3, 4])
    #expect(try Self.positions("@>'\u{FFFF}'", #"["😀","é"]"#) == [0])
    #expect(try Self.positions("@=='\\u00e9'", "[\"\u{E9}\",\"e\u{301}\"]") == [0])
  }

  @Test(arguments: [
    ("length(@)==2", [1, 3, 4, 5]), ("length(@)<=0", [0]), ("length(@)!=2", [0, 2, 6]),
    ("length(@.none)==length(@.other)", [0, 1, 2, 3, 4, 5, 6]),
    ("count(@.*)==2", [3, 4, 5]), ("count(@..*)>2", [5]), ("count(@)==1", [0, 1, 2, 3, 4, 5, 6]), ("value(@..x)==7", [5]),
    ("value(@.*)==value(@.none)", [0, 1, 2, 3, 4, 5, 6]),
    ("length(value(@.y.*))==1", []), ("value($[6])==@", [6]),
  ])
  func `functions have values`(_ filter: String, _ positions: [Int]) throws {
    #expect(
      try Self.positions(filter, #"["","é😀",null,[1,2],{"a":1,"b":2},{"y":{"x":7},"z":[]},5]"#.replacing("é", with: "\u{E9}")) == positions)
  }

  @Test(arguments: [
    ("match(@,'a.c')", [0, 1]), ("search(@,'a.c')", [0, 1, 2]), ("match(@,'')", [6]), ("search(@,'')", [0, 1, 2, 3, 4, 6]),
    ("match(@,'[^a]*')", [6]),
    ("!match(@,'a.*')", [2, 3, 4, 5, 6]), ("match(@,'a.*') && @!='abc'", [1]), ("search(@,'c$')", [0, 1, 3, 4]), ("search(@,'^x')", [2]),
    ("match(@,'(')", []), ("search(@,'\\\\d')", []),
    ("search(@,'a*?')", []), ("match(@, 1)", []), ("match(@, @)", [0, 1, 2, 3, 4, 6]), ("match(@,'a(.|\\n|\\r)c')", [0, 1, 3, 4]),
  ])
  func `match compares the whole text and search a part`(_ filter: String, _ positions: [Int]) throws {
    #expect(try Self.positions(filter, #"["abc","a😀c","xaxcx","a\nc","a\rc",5,""]"#) == positions)
  }

  @Test func `a pattern may come from the value`() throws {
    let document = #"{"pattern":"b.*","bad":"b**","items":["ab","ba","b"]}"#
    func paths(_ query: String) throws -> [String] {
      try JSONPath(query, engine: PatternEngine.engine).select(from: JSONValue(parsing: document)).nodes.map(\.path)
    }
    #expect(try paths("$.items[?match(@, $.pattern)]") == ["$['items'][1]", "$['items'][2]"])
    #expect(try paths("$.items[?search(@, $.bad)]") == [])
    #expect(try paths("$.items[?search(@, $.missing)]") == [])
  }

  @Test func `a pattern that would cost too much ends the query`() throws {
    let items = JSONValue.array((0..<50).map { _ in .string(String(repeating: "a", count: 5000)) })
    let selection = try JSONPath("$[?search(@, '(a|aa)+[bc]')]", engine: PatternEngine.engine).select(from: items)
    #expect(selection.reachedLimit)
    #expect(selection.nodes.isEmpty)
    let cheap = try JSONPath("$[?search(@, 'b')]", engine: PatternEngine.engine).select(from: items)
    #expect(!cheap.reachedLimit)
  }

  @Test func `filters are nested, and select of objects too`() throws {
    let value = try JSONValue(parsing: #"{"x":{"items":[{"n":1},{"n":5}]},"y":{"items":[{"n":2}]},"z":1}"#)
    let selection = try JSONPath("$[?@.items[?@.n>$.z && @.n<5]]").select(from: value)
    #expect(selection.nodes.map(\.path) == ["$['y']"])
  }
}
