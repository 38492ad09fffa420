// One event as the octets of a stream (WHATWG HTML §9.2.5).

import HTTPCore

enum ServerSentEvent {
  /// The lines of an event and the empty one behind them.
  static func octets(
    of event: StreamedEvent, _ index: Int, for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> [UInt8] {
    var octets: [UInt8] = []
    if let name = event.event { append("event", try id(name, index, for: request, &run)[...], to: &octets) }
    if let template = event.id { append("id", try id(template, index, for: request, &run)[...], to: &octets) }
    if let retry = event.retry { append("retry", Array(String(retry).utf8)[...], to: &octets) }
    if let data = event.data {
      run.enter(index, of: nil)
      defer { run.leave() }
      for line in lines(try data.octets(for: request, &run)) { append("data", line, to: &octets) }
    }
    octets.append(UInt8(ascii: "\n"))
    return octets
  }

  /// A value that is one line: what would end it, and NUL, for which a client ignores an id, are spaces.
  static func id(
    _ template: Template, _ index: Int, for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> [UInt8] {
    run.enter(index, of: nil)
    defer { run.leave() }
    let text = try template.text(for: request, &run) ?? ""
    return text.utf8.map { [0x00, 0x0A, 0x0D].contains($0) ? 0x20 : $0 }
  }

  private static func append(_ field: String, _ value: ArraySlice<UInt8>, to octets: inout [UInt8]) {
    octets += field.utf8
    octets += ": ".utf8
    octets += value
    octets.append(UInt8(ascii: "\n"))
  }

  /// Cut at CR LF, LF and CR, as a client would cut them.
  private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    var position = 0
    while position < text.count {
      if text[position] == 0x0A || text[position] == 0x0D {
        lines.append(text[start..<position])
        if text[position] == 0x0D, position + 1 < text.count, text[position + 1] == 0x0A { position += 1 }
        start = position + 1
      }
      position += 1
    }
    lines.append(text[start...])
    return lines
  }
}
