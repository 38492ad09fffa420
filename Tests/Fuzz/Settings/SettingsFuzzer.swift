// YAML to settings. Nothing crashes or loops, there are settings or there is a reason, and every diagnostic points into the text.

import FuzzSupport
import HTTPRoutes
import YAMLDocument

/// Relative paths lead to where nothing is.
private let file = "/nonexistent/asynchttpd-fuzz/fuzz.yaml"

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzSettings(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let text = String(decoding: bytes, as: UTF8.self)
  // Ill-formed UTF-8 gets no further than this.
  _ = YAMLComposer.compose(SourceText(file: file, bytes: bytes))
  // A pattern such as /*/*/* walks the machine: slow, and different on every one.
  if text.utf8.contains(UInt8(ascii: "*")) || text.utf8.contains(UInt8(ascii: "?")), text.contains("include") { return 0 }
  let result = SettingsLoader.load(text: text, fileName: file, environment: ["PORT": "8080", "NAME": "a: [b", "EMPTY": ""])
  require((result.settings == nil) == result.hasErrors, "there are settings or there is a reason")
  let source = SourceText(file: file, bytes: Array(text.utf8))
  let end = source.mark(atByte: source.bytes.count)
  for diagnostic in result.diagnostics {
    require(!diagnostic.message.isEmpty && !diagnostic.message.utf8.contains(0x0A), "a message is one line: \(diagnostic)")
    require(!diagnostic.render().isEmpty && diagnostic.length > 0, "\(diagnostic)")
    if diagnostic.file == file { checkPosition(line: diagnostic.line, column: diagnostic.column, of: source, end, "\(diagnostic)") }
    for note in diagnostic.notes where note.file == file {
      checkPosition(line: note.line, column: note.column, of: source, end, "\(diagnostic)")
    }
  }
  let positions = result.diagnostics.filter { $0.file == file && $0.line > 0 }.map { ($0.line, $0.column) }
  require(zip(positions, positions.dropFirst()).allSatisfy { $0 <= $1 }, "diagnostics are in the order of the text")
  return 0
}

private func checkPosition(line: Int, column: Int, of source: SourceText, _ end: SourceMark, _ what: String) {
  if line == 0 && column == 0 { return }
  require(line >= 1 && line <= end.line && column >= 1, "a position outside the text of \(end.line) lines: \(what)")
  let length = source.line(line)?.unicodeScalars.count ?? 0
  require(column <= length + 1, "column \(column) of a line of \(length): \(what)")
}
