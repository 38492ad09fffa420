import HTTPRoutes
import Testing

@Suite struct VariableExpansionTests {
  /// What a header value expands to, and the problems.
  private func expand(_ text: String, _ environment: [String: String] = ["NAME": "value", "EMPTY": ""]) -> (
    value: String?, problems: [String]
  ) {
    let result = SettingsLoader.load(
      text: "routes:\n- {path: /, text: x, headers: {X: '\(text)'}}", fileName: "a.yaml", environment: environment)
    let value = result.settings?.routes.first?.answer.headers.first?.value
    return (value, result.diagnostics.map { "\($0.column)+\($0.length) \($0.message)" })
  }

  @Test(arguments: [
    ("${NAME}", "value"), ("a${NAME}b${NAME}", "avaluebvalue"), ("${NAME:-default}", "value"), ("${OTHER:-default}", "default"),
    ("${EMPTY:-default}", "default"), ("${OTHER:-}", ""), ("${EMPTY}", ""), ("${OTHER:-a:-b $}", "a:-b $"), ("$NAME", "$NAME"),
    ("$$", "$$"), ("$${NAME}", "${NAME}"), ("{NAME}", "{NAME}"), ("100$", "100$"), ("${OTHER:-é}ü${NAME}", "éüvalue"),
  ])
  func `a variable stands for its value`(text: String, expanded: String) {
    #expect(expand(text).value == expanded)
  }

  @Test func `a value is not expanded again`() {
    #expect(expand("${A}", ["A": "${B}", "B": "b"]).value == "${B}")
  }

  @Test(arguments: [
    ("é${OTHER}", "37+8 the environment variable OTHER is not set; write ${OTHER:-default} to give it a default"),
    ("${", "36+2 \"${\" without a \"}\"; write $${ for the characters themselves"),
    ("${}", "36+3 expected ${NAME} or ${NAME:-default}; write $${ for the characters themselves"),
    ("${1A}", "36+5 expected ${NAME} or ${NAME:-default}; write $${ for the characters themselves"),
    ("${A-b}", "36+6 expected ${NAME} or ${NAME:-default}; write $${ for the characters themselves"),
  ])
  func `what cannot be expanded is an error under its characters`(text: String, problem: String) {
    #expect(expand(text).problems == [problem])
  }

  @Test func `every unset variable is reported`() {
    #expect(expand("${A} ${B}").problems.count == 2)
  }
}
