// What an operator may send to the journal: a query string in the first line, behind it a question, and behind a zero a body whose secrets
// are taken out. Nothing crashes, what is refused is refused with a reason that points into the text, and no secret is left.

import FuzzSupport
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor
import RouteAdmin

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzJournal(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let parts = UnsafeBufferPointer(start: data, count: count).split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let lines = parts[0].split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  checkQuery(Array(lines[0]))
  let body = parts.count > 1 ? Array(parts[1]) : Array(#"{"password":"hush","page":[1,{"password":2}]}"#.utf8)
  if lines.count > 1 { checkQuestion(Array(lines[1]), body) }
  checkRedaction(body)
  return 0
}

private func checkQuery(_ text: [UInt8]) {
  do throws(JournalQuery.Invalid) {
    let query = try JournalQuery(text)
    require((1...JournalQuery.maxLimit).contains(query.limit), "a limit within its bounds")
    require(query.wait <= JournalQuery.maxWait, "a wait within its bounds")
  } catch {
    require(!error.description.isEmpty && !error.description.utf8.contains(0x0A), "a reason in one line: \(error)")
  }
}

private let head = Array("POST /a/7?page=2 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n".utf8)
private let client = SocketAddress("127.0.0.1", port: 0)

private func checkQuestion(_ text: [UInt8], _ body: [UInt8]) {
  let newlines = text.count { $0 == 0x0A }
  do throws(ConfigurationError) {
    let question = try RequestQuestion(text, kind: .verification)
    guard let client, let request = PastRequest(head: head, body: body, client: client, time: 0) else { return }
    if question.fits(request) { require(question.miss(of: request) == nil, "what fits is no miss") }
  } catch {
    require(error.diagnostics.contains { $0.severity == .error }, "a reason")
    // Line breaks of YAML are more than line feeds.
    for diagnostic in error.diagnostics { require(diagnostic.line >= 0 && diagnostic.line <= text.count + newlines + 1, "\(diagnostic)") }
  }
}

private let rules: JournalRedaction = {
  guard let path = try? JSONPath("$..password") else { fatalError("a path") }
  return JournalRedaction(headers: ["cookie"], paths: [path])
}()

private func checkRedaction(_ body: [UInt8]) {
  var redactor = Redactor(rules)
  let shown = redactor.body(body, type: "application/json", isCoded: false, isCut: false)
  // What is redacted once has nothing left to redact.
  var again = Redactor(rules)
  require(again.body(shown, type: "application/json", isCoded: false, isCut: false) == shown, "redacting again changes nothing")
  if let value = try? JSONValue(parsing: shown), let path = rules.paths.first {
    let selection = path.select(from: value)
    require(selection.reachedLimit || selection.nodes.allSatisfy { $0.value == .string(JournalRedaction.mark) }, "no secret is left")
  }
  var form = Redactor(rules)
  let fields = form.body(body, type: "application/x-www-form-urlencoded", isCoded: false, isCut: true)
  for (name, value) in QueryParameters(fields.span).spelledPairs where name == "password" {
    require(value == JournalRedaction.mark || value.isEmpty, "no secret is left in a form: \(value)")
  }
  _ = redactor.value(body, ofField: "Cookie")
  _ = redactor.withoutRepetitions(body)
}
