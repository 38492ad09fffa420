// What segments and selectors select, in which order, and the bound of steps.

import Foundation
import JSONText
import Testing

@Suite struct JSONPathEvaluatorTests {
  private static func paths(_ query: String, _ document: String) throws -> String {
    let selection = try JSONPath(query, engine: PatternEngine.engine).select(from: JSONValue(parsing: document))
    #expect(!selection.reachedLimit)
    return selection.nodes.map { String($0.path.dropFirst()) }.joined(separator: " ")
  }

  @Test(arguments: [
    ("$", ""), ("$['b']", "['b']"), ("$.a[1]", "['a'][1]"), ("$.a[-1]", "['a'][3]"), ("$.a[-5]", ""), ("$.a[4]", ""), ("$[0]", ""),
    ("$.a.b", ""),
    ("$.*", "['a'] ['b']"), ("$.a[3].*", "['a'][3][0] ['a'][3][1]"), ("$.a[0].*", ""), ("$['b','b']", "['b'] ['b']"),
    ("$.a[0,2,0]", "['a'][0] ['a'][2] ['a'][0]"),
    ("$..*", "['a'] ['b'] ['a'][0] ['a'][1] ['a'][2] ['a'][3] ['a'][3][0] ['a'][3][1] ['a'][3][1]['d'] ['b']['d']"),
    ("$..d", "['a'][3][1]['d'] ['b']['d']"), ("$..[0]", "['a'][0] ['a'][3][0]"), ("$.a..[1]", "['a'][1] ['a'][3][1]"),
    ("$..[0,1]", "['a'][0] ['a'][1] ['a'][3][0] ['a'][3][1]"), ("$..a..d", "['a'][3][1]['d']"),
  ])
  func `segments select in the order of the document`(_ query: String, _ paths: String) throws {
    #expect(try Self.paths(query, #"{"a":[1,2,3,[4,{"d":5}]],"b":{"d":6}}"#) == paths)
  }

  @Test(arguments: [
    ("1:3", "1 2"), (":", "0 1 2 3 4 5 6"), ("5:", "5 6"), ("1:5:2", "1 3"), ("5:1:-2", "5 3"), ("::-1", "6 5 4 3 2 1 0"), ("-2:", "5 6"),
    (":-5", "0 1"), ("-1:-4:-1", "6 5 4"), ("2:-100:-1", "2 1 0"), ("100:4:-1", "6 5"), ("100:", ""), (":100", "0 1 2 3 4 5 6"),
    ("-100:2", "0 1"),
    ("3:1", ""), ("1:3:-1", ""), ("1:6:0", ""), ("::0", ""), ("::9007199254740991", "0"), ("::-9007199254740991", "6"),
    ("-9007199254740991:9007199254740991", "0 1 2 3 4 5 6"), ("9007199254740991:-9007199254740991:-3", "6 3 0"), ("0:0", ""),
    ("6::-7", "6"), ("-1:", "6"),
    (":0:-1", "6 5 4 3 2 1"), (":-1:-1", ""),
  ])
  func `a slice goes either way and never beyond the ends`(_ slice: String, _ positions: String) throws {
    let paths = positions.split(separator: " ").map { "[\($0)]" }.joined(separator: " ")
    #expect(try Self.paths("$[\(slice)]", "[0,1,2,3,4,5,6]") == paths)
    #expect(try Self.paths("$[\(slice)]", #"{"0":1}"#) == "")
    #expect(try Self.paths("$[\(slice)]", "[]") == "")
  }

  @Test func `names are compared by code points`() throws {
    let document = "{\"\u{E9}\":1,\"e\u{301}\":2}"
    #expect(try Self.paths("$['\u{E9}']", document) == "['\u{E9}']")
    #expect(try Self.paths("$['e\u{301}']", document).unicodeScalars.elementsEqual("['e\u{301}']".unicodeScalars))
  }

  @Test func `a query ends at its bound of steps and says so`() throws {
    let items = JSONValue.array((0..<2000).map { .number(JSONNumber($0)) })
    let all = try JSONPath("$[*]").select(from: items, maxSteps: 4001)
    #expect(all.nodes.count == 2000)
    #expect(!all.reachedLimit)
    let some = try JSONPath("$[*]").select(from: items, maxSteps: 1000)
    #expect(some.reachedLimit)
    #expect(some.nodes.count == 499)
    #expect(try JSONPath("$.a").select(from: items, maxSteps: 0).reachedLimit)
    for query in [
      "$[?count($[?count($[*])>0])>0]", "$[?@!=$[?@>-1]]".replacing("$[?@>-1]", with: "value($[?@==0])"), "$[?$==$]",
      "$..[?!($==$ && @>=0)]",
      "$[*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*]",
    ] {
      let selection = try JSONPath(query).select(from: items, maxSteps: 100_000)
      #expect(selection.reachedLimit, "\(query)")
      #expect(selection.nodes.count <= 100_000)
    }
  }

  @Test func `descendants of descendants of a deep value stay within the bound`() throws {
    let deep = try JSONValue(parsing: String(repeating: "[", count: 128) + String(repeating: "]", count: 128))
    #expect(try JSONPath("$..*").select(from: deep).nodes.count == 127)
    #expect(try JSONPath("$..*..*..*..*..*").select(from: deep).reachedLimit)
  }

  /// Nested filters are read and evaluated by recursion.
  @Test func `a query of the greatest nesting fits a stack of 512 KiB`() async {
    let (ended, end) = AsyncStream.makeStream(of: Int.self)
    let thread = Thread {
      let filters = "$" + String(repeating: "[?@", count: JSONPath.maxNesting) + String(repeating: "]", count: JSONPath.maxNesting)
      let parentheses =
        "$[?" + String(repeating: "!(", count: JSONPath.maxNesting - 1) + "@" + String(repeating: ")", count: JSONPath.maxNesting - 1) + "]"
      let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
      for query in [filters, parentheses] {
        guard let path = try? JSONPath(query), let value = try? JSONValue(parsing: deep) else { return end.finish() }
        end.yield(path.select(from: value).nodes.count)
      }
      end.finish()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    var counts: [Int] = []
    for await count in ended { counts.append(count) }
    #expect(counts == [1, 0])
  }
}
