// The grammar of RFC 9535, and what is said of texts that break it.

import JSONText
import Testing

@Suite struct JSONPathParserTests {
  @Test(arguments: [
    "$", "$.a", "$._a1", "$.é☺", "$ .a", "$\n.a\t[0]", "$..a", "$..*", "$..[0]", "$.*", "$[*]", "$['a',\"b\",0,-1,1:2,*,?@]", "$[::]",
    "$[ 1 : 2 : 3 ]",
    "$[ : : ]", "$[?@]", "$[?!@.a]", "$[?!(@.a)]", "$[?(@.a)]", "$[?((@.a))]", "$[? @.a && ( @.b || ! @.c ) ]", "$[?@['a'] == 1]",
    "$[?@ ['a'] [0] == 1]",
    "$[?@.a==-0]", "$[?@.a==-1.5e+3]", "$[?'a'<\"b\"]", "$[?true==@.a]", "$[?null!=@]", "$[?count(@.*)>=1]", "$[?length('abc')==length(@)]",
    "$[?value(@..a)==1]", "$[?match(@,'a')]", "$[?!search(@.a,@.b)]", "$[?match( value( @..a ) , 'x' )]", "$[?@[?@.b]]",
    "$[?count(@[?@.a])>1]",
    "$['\\u0041\\uD83D\\ude00\\'\\/\\\\']", "$[?length(value(@.*))==1]", "$['\u{7F}']", "$.true", "$[?@.null]", "$[?@.a==true&&@.b==false]",
    "$[?@..['a' , 'b']]", "$[?@[ 'a' ]]", "$[9007199254740991,-9007199254740991]",
  ])
  func `a query of the grammar is read`(_ text: String) throws {
    #expect(try JSONPath(text, engine: PatternEngine.engine).text == text)
  }

  @Test(arguments: [
    ("", 1, "expected \"$\", found the end"), (" $", 1, "expected \"$\""), ("a", 1, "expected \"$\""), ("@.a", 1, "expected \"$\""),
    ("$ ", 2, "expected a segment, which begins with \".\" or \"[\""), ("$a", 2, "expected a segment, which begins with \".\" or \"[\""),
    ("$.", 3, "expected a name or \"*\" after \".\", found the end"), ("$. a", 3, "expected a name or \"*\" after \".\""),
    ("$.1", 3, "expected a name or \"*\" after \".\""), ("$.a-b", 4, "expected a segment, which begins with \".\" or \"[\""),
    ("$..", 4, "expected a name, \"*\" or \"[\" after \"..\", found the end"), ("$...a", 4, "expected a name, \"*\" or \"[\" after \"..\""),
    ("$.. a", 4, "expected a name, \"*\" or \"[\" after \"..\""), ("$.'a'", 3, "expected a name or \"*\" after \".\""),
    ("$[", 3, "expected a name in quotes, an index, a slice, \"*\" or \"?\", found the end"),
    ("$[a]", 3, "expected a name in quotes, an index, a slice, \"*\" or \"?\""), ("$['a'", 6, "expected \",\" or \"]\", found the end"),
    ("$['a',]", 7, "expected a name in quotes, an index, a slice, \"*\" or \"?\""), ("$[0 1]", 5, "expected \",\" or \"]\""),
    ("$[-]", 4, "expected a digit"), ("$[- 1]", 4, "expected a digit"),
    ("$[00]", 3, "an integer has no leading zero, and zero has no sign"),
    ("$[-0]", 3, "an integer has no leading zero, and zero has no sign"), ("$[1.0]", 4, "expected \",\" or \"]\""),
    ("$[9007199254740992]", 3, "an integer is within ±(2^53 - 1)"), ("$[::9999999999999999999999]", 5, "an integer is within ±(2^53 - 1)"),
    ("$[1:2:3:4]", 8, "expected \",\" or \"]\""), ("$['a]", 3, "this string has no closing quote"),
    ("$['\\\"']", 4, "unknown escape in a string"),
    ("$[\"\\'\"]", 4, "unknown escape in a string"), ("$['\\u00g0']", 4, "expected four hexadecimal digits after \\u"),
    ("$['\\ud800']", 4, "half a surrogate pair in a string"), ("$['\\ud800\\ud800']", 4, "half a surrogate pair in a string"),
    ("$['\\udc00']", 4, "half a surrogate pair in a string"), ("$['a\nb']", 5, "a control character in a string has to be escaped"),
    ("$[?]", 4, "expected a query, a literal, a function or \"(\""), ("$[?(@.a]", 8, "expected \"&&\", \"||\" or \")\""),
    ("$[?@.a &&]", 10, "expected a query, a literal, a function or \"(\""), ("$[?@.a & @.b]", 8, "expected \",\" or \"]\""),
    ("$[?@.a=1]", 7, "expected \",\" or \"]\""), ("$[?@.a===1]", 9, "expected a query, a literal, a function or \"(\""),
    ("$[?1]", 4, "a literal is not a test: compare it with something"),
    ("$[?'a']", 4, "a literal is not a test: compare it with something"),
    ("$[?!@.a==1]", 8, "a comparison is negated in parentheses: !(a == b)"),
    ("$[?!!@.a]", 5, "expected a query, a literal, a function or \"(\""),
    ("$[?(@.a)==1]", 9, "expected \",\" or \"]\""), ("$[?@.a==(1)]", 9, "expected a query, a literal, a function or \"(\""),
    ("$[?@.a==1==2]", 10, "expected \",\" or \"]\""),
    ("$[?@.*==1]", 4, "this query may select several nodes: only names and indices have one value"),
    ("$[?1==@..a]", 7, "this query may select several nodes: only names and indices have one value"),
    ("$[?@[ 'a']==1]", 4, "a query that is compared has no white space within brackets"),
    ("$[?@.a==01]", 9, "this is not a number of JSON"),
    ("$[?@.a==.5]", 9, "expected a query, a literal, a function or \"(\""),
    ("$[?@.a==TRUE]", 9, "expected a query, a literal, a function or \"(\""),
    ("$[?truer]", 4, "expected a query, a literal or a function, found \"truer\""),
    ("$[?length(@.a)]", 4, "length() has a value: compare it with something"),
    ("$[?match(@,'a')==true]", 4, "match() and search() are true or false and have no value"),
    ("$[?length()==1]", 11, "expected a query, a literal, a function or \"(\""), ("$[?length(@.a,1)==1]", 14, "expected \")\""),
    ("$[?length(@.*)==1]", 11, "this query may select several nodes: only names and indices have one value"),
    ("$[?length(match(@,'a'))==1]", 11, "match() and search() are true or false and have no value"),
    ("$[?count(1)==1]", 10, "count() takes a query"),
    ("$[?count(length(@))==1]", 10, "count() takes a query"), ("$[?value('a')==1]", 10, "value() takes a query"),
    ("$[?count(@.a && @.b)==1]", 14, "expected \")\""), ("$[?match(@)]", 11, "expected \",\" and a pattern"),
    ("$[?nothing(@)]", 4, "there is no function nothing()"),
    ("$[?length (@)==1]", 4, "expected a query, a literal or a function, found \"length\""),
  ])
  func `an error says what was expected and where`(_ text: String, _ column: Int, _ message: String) {
    let error = #expect(throws: JSONPathError.self) { try JSONPath(text, engine: PatternEngine.engine) }
    #expect(error?.column == column)
    #expect(error?.message == message)
  }

  @Test func `length and nesting are bounded`() throws {
    func nested(_ depth: Int) -> String { "$[?" + String(repeating: "(", count: depth) + "@" + String(repeating: ")", count: depth) + "]" }
    _ = try JSONPath(nested(JSONPath.maxNesting - 1))
    #expect(throws: JSONPathError.self) { try JSONPath(nested(JSONPath.maxNesting)) }
    #expect(throws: JSONPathError.self) { try JSONPath("$" + String(repeating: "[?@", count: 1000)) }
    #expect(throws: JSONPathError.self) { try JSONPath("$" + String(repeating: "[?length(", count: 300)) }
    _ = try JSONPath("$" + String(repeating: ".a", count: (JSONPath.maxLength - 1) / 2))
    #expect(throws: JSONPathError.self) { try JSONPath("$" + String(repeating: ".a", count: JSONPath.maxLength / 2)) }
  }

  @Test func `patterns need an engine`() {
    let error = #expect(throws: JSONPathError.self) { try JSONPath("$[?match(@, 'a')]") }
    #expect(error?.message == "match() is not supported here")
  }

  @Test(arguments: [
    ("$", true), ("$.a[0]['b']", true), ("$..a", false), ("$.*", false), ("$[0,1]", false), ("$[0:1]", false), ("$[?@]", false),
  ])
  func `a query of names and indices is singular`(_ text: String, _ isSingular: Bool) throws {
    #expect(try JSONPath(text).isSingular == isSingular)
  }
}
