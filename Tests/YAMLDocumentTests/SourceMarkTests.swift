import Testing
import YAMLDocument

@Suite struct SourceMarkTests {
  @Test func `lines and columns count from one`() throws {
    let root = try #require(compose("a: 1\nlonger:\n  - x\n  - {k: word}\n").root)
    #expect(root.place == "1:1+1")
    #expect(root["a"]?.place == "1:4+1")
    let list = try #require(root["longer"]?.sequence)
    #expect(list.map(\.place) == ["3:5+1", "4:5+9"])
    #expect(list[1]["k"]?.place == "4:9+4")
    #expect(root.mapping?.map(\.keySpan.length) == [1, 6])
  }

  @Test func `columns count characters, not bytes`() throws {
    let root = try #require(compose("{ключ: значение, 名前: 値}").root)
    #expect(root.mapping?.map { "\($0.keySpan.column) \($0.value.place)" } == ["2 1:8+8", "18 1:22+1"])
  }

  @Test func `a quoted scalar's span includes its quotes`() {
    #expect(compose("k: 'two words'\n").root?["k"]?.place == "1:4+11")
  }

  @Test func `a span that leaves its line is one character long`() {
    #expect(compose("k: |\n  one\n  two\n").root?["k"]?.place == "1:4+1")
    #expect(compose("k: [1,\n  2]\n").root?["k"]?.place == "1:4+1")
  }

  @Test func `a byte order mark takes no column`() {
    #expect(compose("\u{FEFF}key: value\n").root?["key"]?.place == "1:6+5")
    #expect(errors(of: "\u{FEFF}a: *x\n").first?.hasPrefix("1:4 ") == true)
  }

  @Test func `every kind of line break ends a line`() {
    #expect(compose("a: 1\r\nb: 2\rc: 3\nd: 4\n").root?["d"]?.place == "4:4+1")
  }

  @Test func `part of a scalar has a place where the text is as it is written`() throws {
    let root = try #require(compose("a: abcdef\nb: 'abcdef'\nc: \"ab\\tdef\"\nd: |\n  abcdef\n").root)
    let places = ["a", "b", "c", "d"].map { key in
      root[key].map { node in "\(node.span(ofScalars: 2..<4).inFile("a.yaml"))+\(node.span(ofScalars: 2..<4).length)" }
    }
    #expect(places == ["a.yaml:1:6+2", "a.yaml:2:7+2", "a.yaml:3:4+9", "a.yaml:4:4+1"])
  }

  @Test func `source lines are divided as libyaml divides them`() {
    let source = SourceText(file: "a.yaml", bytes: Array("\u{FEFF}one\r\ntwo\rthree\u{2028}four\n\nsix".utf8))
    let expected = [1: "one", 2: "two", 3: "three", 4: "four", 5: "", 6: "six"]
    #expect(source.lines(numbered: [1, 2, 3, 4, 5, 6, 7]) == expected)
    #expect(source.line(6) == "six")
    #expect(source.line(7) == nil)
  }

  @Test func `marks order by line, then column`() {
    let marks = [(3, 1), (1, 9), (1, 2)].map { SourceSpan(line: $0.0, column: $0.1) }
    #expect(marks.sorted().map { [$0.line, $0.column] } == [[1, 2], [1, 9], [3, 1]])
  }
}
