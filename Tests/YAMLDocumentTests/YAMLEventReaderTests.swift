import Glibc
import Testing
import YAMLDocument

@Suite struct YAMLEventReaderTests {
  @Test(arguments: [
    ("a:\n\tb: 1\n", "2:1 a tab cannot indent YAML; use spaces"),
    ("a: |\n \tone\n\ttwo\n", "2:2 a tab cannot indent YAML; use spaces"),
    ("a: |\n\t", "2:1 a tab cannot indent YAML; use spaces"),
    ("\t\n", "1:1 a tab cannot indent YAML; use spaces"),
    ("a: @b\n", #"1:4 text cannot begin with "@" here; put it in quotes"#),
    ("a: `b`\n", #"1:4 text cannot begin with "`" here; put it in quotes"#),
    ("a: %b\n", #"1:4 text cannot begin with "%" here; put it in quotes"#),
    ("a: b: c\n", #"1:5 ":" is not allowed here; indent the line like its neighbours, or quote text that contains ": ""#),
    ("a: - b\n", #"1:4 "- " is not allowed here; begin the list on a line of its own"#),
    ("a: 1\nword\nb: 2\n", #"2:1 expected ":" after this key"#),
    ("a:\n  b: 1\n c: 2\n", "3:2 expected a key with the indentation of its neighbours (the mapping begins here 1:1)"),
    ("a:\n  - 1\n  b: 2\n", #"3:3 expected "- " with the indentation of its neighbours (the list begins here 2:3)"#),
    ("a: [1, 2\nb: 3\n", #"2:2 expected "," or "]"; quote text that contains any of [ ] { } , (the list begins here 1:4)"#),
    ("a: {b: 1\nc: 2}\n", #"2:2 expected "," or "}"; quote text that contains any of [ ] { } , (the mapping begins here 1:4)"#),
    ("a: 'b\nc: d\n", "1:4 this quoted text has no closing quote"),
    ("a: \"\\q\"\n", #"1:5 unknown escape in double quotes; write "\\" for a backslash, or use single quotes"#),
    ("a: \"\\xZZ\"\n", "1:7 expected a hexadecimal digit here"),
    ("listen: [*:8080]\n", #"1:10 "*" begins an alias; quote the text if it is meant literally"#),
    ("a: [1,\n\n\n", "1:7 expected a value, or the bracket that closes the collection"),
    ("a: {b: 1", #"1:9 expected "," or "}"; quote text that contains any of [ ] { } ,"#),
    ("a: & b\n", #"1:4 "&" begins an anchor; quote the text if it is meant literally"#),
    ("a: |0\n", "1:5 found an indentation indicator equal to 0 while scanning a block scalar"),
    ("%YAML 3.0\n---\na: 1\n", "1:1 found incompatible YAML document"),
    ("a: !x!y z\n", #"1:4 unknown tag; quote the text if "!" is meant literally"#),
  ])
  func `grammar errors say what is wrong and the way out`(text: String, expected: String) {
    #expect(errors(of: text) == [expected])
  }

  @Test func `errors found before a grammar error are kept`() {
    #expect(errors(of: "a: 1\na: 2\nb: @\n").count == 2)
  }

  @Test func `ill-formed UTF-8 is an error at the character`() {
    let message = "this is not UTF-8; save the file in that encoding"
    #expect(errors(ofBytes: Array("a: 1\nb: é".utf8) + [0xFF]) == ["2:5 \(message)"])
    #expect(errors(ofBytes: [0x61, 0xC3]) == ["1:2 \(message)"])
    #expect(errors(ofBytes: [0xC0, 0x80]) == ["1:1 \(message)"])
    #expect(errors(ofBytes: [0xED, 0xA0, 0x80]) == ["1:1 \(message)"])
  }

  @Test func `UTF-16 is named`() {
    #expect(errors(ofBytes: [0xFF, 0xFE, 0x61, 0x00]) == ["1:1 this is UTF-16; save the file as UTF-8"])
    #expect(errors(ofBytes: [0xFE, 0xFF, 0x00, 0x61]) == ["1:1 this is UTF-16; save the file as UTF-8"])
  }

  @Test func `control characters are refused by name`() {
    #expect(
      errors(of: "a: \u{7}\n") == [
        #"1:4 YAML text cannot contain the character U+0007; write "\u0007" in double quotes if it is meant"#
      ])
    #expect(errors(of: "a: 1\nb: \u{0}\n").first?.hasPrefix("2:4 YAML text cannot contain the character U+0000") == true)
    #expect(compose(#"a: "\u0007""#).root?["a"]?.scalar?.text == "\u{7}")
  }

  /// A reader that kept its buffers when a text is bad would touch some 12 KiB for each of 18,000 texts, 200 MiB in all.
  @Test func `a text that cannot be read leaves no memory behind`() {
    let texts = ["a: [1, {b: 'x", "a: &x [1, *x]", "a: 1\n---\nb: 2\n", "\u{7}", "k: !!str &a text\nk: [*a, *a]\n", "[[[[[[[["]
    for text in texts { _ = compose(text) }
    let before = residentPages()
    for _ in 0..<3000 {
      for text in texts { _ = compose(text) }
    }
    let grown = (residentPages() - before) * Int(sysconf(Int32(_SC_PAGESIZE)))
    #expect(grown < 64 << 20)
  }

  /// The second number of `/proc/self/statm`.
  private func residentPages() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 128)
    let count = fread(&line, 1, line.count, file)
    let fields = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
  }
}
