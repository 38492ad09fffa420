import Testing
import YAMLDocument

@Suite struct YAMLComposerTests {
  @Test func `mappings keep the order in which they are written`() {
    #expect(shape(of: "b: 1\na: 2\nc: {z: 1, y: 2}\n") == "{b: int 1, a: int 2, c: {z: int 1, y: int 2}}")
  }

  @Test func `numbers keep their spelling`() {
    #expect(shape(of: "[1.0, 12345678901234567890, 1e3, 007]") == "[float 1.0, int 12345678901234567890, float 1e3, int 007]")
  }

  @Test func `an empty text has no root and nothing wrong with it`() {
    for text in ["", "\n\n", "# nothing but a comment\n", "\u{FEFF}"] {
      let document = compose(text)
      #expect(document.root == nil)
      #expect(document.errors.isEmpty)
    }
  }

  @Test func `an alias is the node that its anchor names`() {
    #expect(
      shape(of: "a: &x {k: 1}\nb: *x\nc: &y word\nd: [*y, *y]\n")
        == "{a: {k: int 1}, b: {k: int 1}, c: string word, d: [string word, string word]}")
  }

  @Test func `a later anchor of the same name takes its place`() {
    #expect(shape(of: "[&x 1, *x, &x 2, *x]") == "[int 1, int 1, int 2, int 2]")
  }

  @Test func `an alias can be a key`() {
    #expect(shape(of: "a: &x name\n*x : 1\n") == "{a: string name, name: int 1}")
  }

  @Test func `an alias without an anchor is an error at the alias`() {
    #expect(errors(of: "a: *nobody\n") == [#"1:4 no anchor &nobody comes before this alias; quote the text if "*" is meant literally"#])
  }

  @Test func `an alias within its own collection is refused`() {
    #expect(errors(of: "a: &x\n  b: [1, *x]\n") == ["2:10 the alias *x contains itself (it stands for what begins here 1:4)"])
  }

  @Test func `merged keys stand where the merge key stands and give way to the mapping's own`() {
    let text = """
      base: &base {a: 1, b: 2}
      more: {first: 0, <<: *base, b: 3, last: 4}
      """
    #expect(shape(of: text) == "{base: {a: int 1, b: int 2}, more: {first: int 0, a: int 1, b: int 3, last: int 4}}")
  }

  @Test func `of several merged mappings the earlier wins`() {
    let text = "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n"
    #expect(compose(text).root?["z"]?.shape == "{a: int 1, b: int 2}")
  }

  @Test func `a quoted merge key is an ordinary key`() {
    #expect(shape(of: "{'<<': {a: 1}}") == "{<<: {a: int 1}}")
  }

  @Test func `only mappings can be merged`() {
    #expect(errors(of: "a:\n  <<: 5\n") == [#"2:7 "<<" merges a mapping or a list of mappings, not 5"#])
    #expect(errors(of: "a: {<<: [{b: 1}, 2]}\n") == [#"1:9 "<<" merges a mapping or a list of mappings, not a sequence"#])
  }

  @Test func `every repeated key is reported with both positions`() {
    let text = "a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n"
    #expect(
      errors(of: text) == [
        #"3:1 the key "a" is given twice in this mapping, first at a.yaml:1:1"#,
        #"4:11 the key "d" is given twice in this mapping, first at a.yaml:4:5"#,
      ])
  }

  @Test func `control characters of a key are escaped where it is quoted`() {
    #expect(errors(of: #"{"a\a": 1, "a\a": 2}"#) == [#"1:12 the key "a\u{07}" is given twice in this mapping, first at a.yaml:1:2"#])
  }

  @Test func `a quote that is open when the document ends is named where it began`() {
    #expect(errors(of: "a: 'x\n---\nb: 1\n") == ["1:4 this quoted text has no closing quote before the document ends"])
  }

  @Test func `a tab does not indent the lines of a block`() {
    #expect(errors(of: "a: |\n\tb\n") == ["2:1 a tab cannot indent YAML; use spaces"])
  }

  @Test func `a repeated key is found among many`() {
    let text = (1...40).map { "key\($0): 0\n" }.joined() + "key7: 1\n"
    #expect(errors(of: text) == [#"41:1 the key "key7" is given twice in this mapping, first at a.yaml:7:1"#])
  }

  @Test func `two merge keys in one mapping are a repeated key`() {
    let text = "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n"
    #expect(errors(of: text) == [#"4:3 the key "<<" is given twice in this mapping, first at a.yaml:3:3"#])
  }

  @Test func `a collection cannot be a key`() {
    #expect(errors(of: "a: {{b}}\n") == [#"1:5 a mapping cannot be a key; put text that begins with "{" or "[" in quotes"#])
  }

  @Test func `a second document is refused`() {
    #expect(errors(of: "a: 1\n---\nb: 2\n") == ["2:1 a second document begins here; a file holds one"])
    #expect(errors(of: "---\na: 1\n...\n").isEmpty)
  }

  @Test func `standard tags decide what a scalar is`() {
    #expect(shape(of: "[!!str 5, !!int '5', !!float 5, ! 5]") == "[string 5, int 5, float 5, string 5]")
    #expect(errors(of: "a: !!int five\n") == [#"1:4 "five" is not what its tag says it is"#])
  }

  @Test func `unknown tags are errors`() {
    #expect(errors(of: "a: !include other.yaml\n") == [#"1:4 unknown tag "!include"; quote the text if "!" is meant literally"#])
    #expect(errors(of: "a: !!set {b}\n") == [#"1:4 unknown tag "tag:yaml.org,2002:set" of a mapping"#])
  }
}

@Suite struct YAMLLimitTests {
  @Test func `nested aliases that multiply are refused early`() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(errors(of: text) == ["5:45 aliases stand for more than 100000 nodes"])
  }

  @Test func `aliases up to the bound are fine and one more node is not`() {
    var limits = YAMLLimits()
    limits.aliasedNodes = 6
    #expect(errors(of: "a: &a [1, 2]\nb: [*a, *a]\n", limits: limits).isEmpty)
    limits.aliasedNodes = 5
    #expect(errors(of: "a: &a [1, 2]\nb: [*a, *a]\n", limits: limits) == ["2:9 aliases stand for more than 5 nodes"])
  }

  @Test func `nesting is bounded`() {
    let fine = String(repeating: "[", count: 99) + "1" + String(repeating: "]", count: 99)
    #expect(errors(of: fine).isEmpty)
    let deep = String(repeating: "[", count: 100) + "1" + String(repeating: "]", count: 100)
    #expect(errors(of: deep) == ["1:101 collections are nested more than 100 deep"])
  }

  @Test func `a bracket a byte does not exhaust the stack`() {
    #expect(errors(of: String(repeating: "[", count: 100_000)).count == 1)
    #expect(errors(of: String(repeating: "- ", count: 10_000)).count == 1)
  }

  @Test func `the number of nodes is bounded`() {
    var limits = YAMLLimits()
    limits.nodes = 4
    #expect(errors(of: "[1, 2, 3]", limits: limits).isEmpty)
    #expect(errors(of: "[1, 2, 3, 4]", limits: limits) == ["1:11 the document has more than 4 nodes"])
  }

  @Test func `the size of the text is bounded`() {
    var limits = YAMLLimits()
    limits.bytes = 4
    #expect(errors(of: "a: 1", limits: limits).isEmpty)
    #expect(errors(of: "a: 12", limits: limits) == ["1:1 the file has 5 bytes; the limit is 4"])
  }
}
