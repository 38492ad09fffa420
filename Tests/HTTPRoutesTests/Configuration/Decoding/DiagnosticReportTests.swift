import HTTPRoutes
import Testing

@Suite struct DiagnosticReportTests {
  private func problems(_ count: Int, _ severity: Diagnostic.Severity, from line: Int = 1) -> [Diagnostic] {
    (0..<count).map { Diagnostic(severity, file: "a.yaml", line: line + $0, column: 1, message: "m", sourceLine: "x: y") }
  }

  @Test(arguments: [
    (1, 0, "1 error"), (2, 0, "2 errors"), (0, 1, "1 warning"), (40, 2, "40 errors, 2 warnings"), (0, 0, ""),
    (101, 0, "101 errors; 1 of them is not shown"), (98, 5, "98 errors, 5 warnings; 3 of them are not shown"),
  ])
  func `a report counts`(errors: Int, warnings: Int, summary: String) {
    #expect(DiagnosticReport(problems(errors, .error) + problems(warnings, .warning)).summary == summary)
  }

  @Test func `few problems are shown as they are`() {
    let all = problems(3, .error) + problems(2, .warning, from: 4)
    #expect(DiagnosticReport(all).text == Diagnostic.render(all))
  }

  @Test func `of many errors the later ones do without their lines`() {
    let lines = DiagnosticReport(problems(40, .error)).text.split(separator: "\n")
    #expect(lines.count == 20 * 3 + 20)
    #expect(lines.last == "a.yaml:40:1: error: m")
  }

  @Test func `no number of warnings hides an error`() {
    let report = DiagnosticReport(problems(500, .warning) + problems(3, .error, from: 501))
    #expect(report.entries.count == 100)
    #expect(report.entries.suffix(3).allSatisfy { $0.severity == .error })
    #expect(report.summary == "3 errors, 500 warnings; 403 of them are not shown")
  }

  @Test func `what loading leaves out is counted`() {
    let entries = (1...1_500).map { "  - {path: /\($0), txt: x}\n" }.joined()
    let result = SettingsLoader.load(text: "routes:\n" + entries, fileName: "a.yaml", environment: [:])
    #expect(result.diagnostics.last?.message == "500 more problems are not shown")
    #expect(DiagnosticReport(result.diagnostics).summary == "1500 errors; 1400 of them are not shown")
  }

  @Test func `any number of warnings is no error`() {
    let entries = (1...1_500).map { "  - {path: /\($0), method: GTE, text: x}\n" }.joined()
    let result = SettingsLoader.load(text: "routes:\n" + entries, fileName: "a.yaml", environment: [:])
    #expect(result.settings?.routes.count == 1_500)
    #expect(DiagnosticReport(result.diagnostics).summary == "1500 warnings; 1400 of them are not shown")
  }
}
