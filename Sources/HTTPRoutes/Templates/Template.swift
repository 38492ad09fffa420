// A text with expressions in it, compiled: a text body, a field value, a status, the inside of a JSON string.

import HTTPCore
import JSONText

/// Octets that are known when the configuration is loaded, and expressions in between.
package struct Template: Equatable, Sendable {
  package enum Part: Equatable, Sendable {
    case literal([UInt8])
    case expression(TemplateExpression, TemplateEscape)
  }

  package let parts: [Part]

  /// Joins neighbouring literals.
  package init(parts: [Part]) {
    var joined: [Part] = []
    for part in parts {
      if case .literal(let octets) = part, case .literal(let before)? = joined.last {
        joined[joined.count - 1] = .literal(before + octets)
      } else if part != .literal([]) {
        joined.append(part)
      }
    }
    self.parts = joined
  }

  /// - Parameter escape: of values whose escape the operator has not chosen by `html` or `raw`.
  package init(_ parts: [TemplatePart], escape: TemplateEscape = .none) {
    self.init(
      parts: parts.map { part in
        switch part {
        case .text(let text):
          var octets: [UInt8] = []
          if escape == .json || escape == .jsonInMarkup { JSONString.appendEscaped(text, to: &octets) } else { octets += text.utf8 }
          return .literal(octets)
        case .expression(let expression, _):
          return .expression(expression, escape == .markup && expression.isEscaped ? .none : escape)
        }
      })
  }

  /// The whole text, if no request has a say in it.
  package var literal: [UInt8]? {
    switch parts.count {
    case 0: return []
    case 1: if case .literal(let octets) = parts[0] { return octets } else { return nil }
    default: return nil
    }
  }

  package var needsBody: Bool {
    parts.contains { part in if case .expression(let expression, _) = part { expression.needsBody } else { false } }
  }

  /// The text as it was written, but for blanks.
  package var shown: String {
    parts.map { part in
      switch part {
      case .literal(let octets): String(decoding: octets, as: UTF8.self)
      case .expression(let expression, _): "{{\(expression.text)}}"
      }
    }.joined()
  }

  /// Where the first expression stands, for the log.
  var place: String {
    for part in parts { if case .expression(let expression, _) = part { return expression.place } }
    return ""
  }

  /// Appends the text for one request; nothing for a value that is missing. False where one of the expressions has said
  /// to leave out what stands around: then what has been appended is to be dropped.
  package func append(
    to octets: inout [UInt8], for request: borrowing RequestValues, _ run: inout TemplateRun
  ) throws(TemplateFailure) -> Bool {
    for part in parts {
      switch part {
      case .literal(let literal): octets += literal
      case .expression(let expression, let escape):
        if expression.filters.isEmpty, run.appendPlain(expression.source, escape, for: request, to: &octets) { continue }
        let value = try run.value(of: expression, for: request)
        if value == .omitted { return false }
        if let text = value.text { escape.append(text, to: &octets) }
      }
      try TemplateRun.check(octets.count, place)
    }
    return true
  }

  /// The text for one request; nil where one of the expressions has said to leave it out.
  package func text(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> String? {
    var octets: [UInt8] = []
    return try append(to: &octets, for: request, &run) ? String(decoding: octets, as: UTF8.self) : nil
  }
}

extension TemplateRun {
  static func check(_ length: Int, _ place: @autoclosure () -> String) throws(TemplateFailure) {
    if length > maxLength {
      throw TemplateFailure(reason: .unsendable("the answer is longer than \(maxLength >> 20) MiB"), place: place())
    }
  }

  /// Appends the value of a source whose octets can be taken as they are; false, and nothing appended, for any other.
  @inline(__always)
  mutating func appendPlain(
    _ source: TemplateSource, _ escape: TemplateEscape, for request: borrowing RequestValues, to octets: inout [UInt8]
  ) -> Bool {
    switch source {
    case .parameter(let position):
      guard position < request.match.parameterCount else { return false }
      return escape.appendPlain(request.path.extracting(request.match.parameter(at: position, in: request.path)), to: &octets)
    case .value(.query(let name)):
      guard let query = request.head.query else { return true }
      var isPlain = true
      _ = QueryParameters.contains(name, in: request.bytes.extracting(query)) { value in
        isPlain = escape.appendPlain(value, to: &octets)
        return true
      }
      return isPlain
    case .now(let form):
      guard let time = TemplateTime(instant: now(), form: form), escape != .url else { return false }
      time.append(to: &octets)
      return true
    case .uuid:
      appendUUID(to: &octets)
      return true
    default: return false
    }
  }
}
