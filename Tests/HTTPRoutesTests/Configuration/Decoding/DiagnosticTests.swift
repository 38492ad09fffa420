import HTTPRoutes
import Testing

@Suite struct DiagnosticTests {
  private func render(_ line: String, column: Int, length: Int, number: Int = 14) -> [String] {
    let diagnostic = Diagnostic(.error, file: "a.yaml", line: number, column: column, length: length, message: "m", sourceLine: line)
    return diagnostic.render().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func `an error shows its line and a caret under the characters meant`() {
    let diagnostic = Diagnostic(
      .error, file: "config/asynchttpd.yaml", line: 14, column: 5, length: 6,
      message: #"unknown key "methdo" in a route (did you mean "method"?)"#, sourceLine: "    methdo: POST")
    let expected = """
      config/asynchttpd.yaml:14:5: error: unknown key "methdo" in a route (did you mean "method"?)
         14 |     methdo: POST
            |     ^~~~~~
      """
    #expect(diagnostic.render() == expected)
    #expect(diagnostic.description == expected)
  }

  @Test func `a warning is one line`() {
    let diagnostic = Diagnostic(.warning, file: "a.yaml", line: 31, column: 11, message: "m", sourceLine: "  - path: /x")
    #expect(diagnostic.render() == "a.yaml:31:11: warning: m")
  }

  @Test func `a problem of a whole file has no line`() {
    #expect(Diagnostic(.error, file: "a.yaml", line: 0, column: 0, message: "m").render() == "a.yaml: error: m")
  }

  @Test func `notes follow`() {
    let note = Diagnostic.Note(file: "b.yaml", line: 3, column: 1, message: "n")
    #expect(
      Diagnostic(.error, file: "a.yaml", line: 1, column: 2, message: "m", notes: [note]).render()
        == "a.yaml:1:2: error: m\nb.yaml:3:1: note: n")
  }

  @Test func `line numbers widen the margin when they must`() {
    #expect(render("x", column: 1, length: 1, number: 123_456) == ["a.yaml:123456:1: error: m", "123456 | x", "       | ^"])
  }

  @Test func `tabs stay tabs above and below`() {
    #expect(render("a:\tbc\td", column: 7, length: 1)[1...] == ["   14 | a:\tbc\td", "      |   \t  \t^"])
  }

  @Test func `a wide character takes two columns and a combining one none`() {
    #expect(render("値値x", column: 3, length: 1)[2] == "      |     ^")
    #expect(render("値値x", column: 1, length: 2)[2] == "      | ^~~~")
    #expect(render("e\u{301}x", column: 3, length: 1)[2] == "      |  ^")
  }

  @Test func `control characters cannot reach the terminal`() {
    #expect(render("a\u{1B}[2Jb", column: 6, length: 1)[1...] == ["   14 | a\\u{1B}[2Jb", "      |           ^"])
    #expect(render("a\u{202E}b", column: 3, length: 1)[1] == "   14 | a\\u{202E}b")
  }

  @Test func `a caret may stand behind the end of a line`() {
    #expect(render("ab", column: 3, length: 1)[2] == "      |   ^")
    #expect(render("", column: 1, length: 9)[2] == "      | ^")
  }

  @Test func `of a long line its surroundings are shown`() {
    let lines = render(String(repeating: "a", count: 500) + "HERE" + String(repeating: "b", count: 500), column: 501, length: 4)
    #expect(lines[1].count < 180)
    #expect(lines[1].contains("aaaHEREbbb"))
    let caret = lines[2].prefix { $0 != "^" }.count
    #expect(lines[1].dropFirst(caret).hasPrefix("HERE"))
  }

  @Test func `an error of a configuration is all its diagnostics`() {
    let one = Diagnostic(.error, file: "a.yaml", line: 1, column: 1, message: "one")
    let two = Diagnostic(.warning, file: "a.yaml", line: 2, column: 1, message: "two")
    #expect("\(ConfigurationError(diagnostics: [one, two]))" == "a.yaml:1:1: error: one\na.yaml:2:1: warning: two")
  }
}
