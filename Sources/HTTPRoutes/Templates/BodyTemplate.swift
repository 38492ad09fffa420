// The body of a canned answer: bytes that are known when the configuration is loaded, with places in between that one
// request fills. Most bodies have no such place, and those are laid out once and never rendered.
//
// A place inside a JSON string is filled with JSON's escapes, so whatever the client sends, the answer stays JSON; one
// in HTML or XML with theirs, so that it stays the document that was written.

import HTTPCore
import JSONText

/// Literal bytes and placeholders, in order.
package struct BodyTemplate: Equatable, Sendable {
  package enum Encoding: Equatable, Sendable {
    /// As it is.
    case text
    /// Escaped for the content of an element, or an attribute in quotes.
    case markup
    /// Escaped for the inside of a JSON string; the quotes are literal bytes of the template.
    case jsonString
    /// A JSON number where the value is spelled like one, null where there is no value, a JSON string in all other
    /// cases.
    case jsonNumber
    /// The same two where the JSON is sent as HTML or XML: what would begin an element is escaped too.
    case jsonStringInMarkup
    case jsonNumberInMarkup
  }

  package enum Part: Equatable, Sendable {
    case literal([UInt8])
    case placeholder(ValueName, Encoding)
  }

  package let parts: [Part]

  /// Joins neighbouring literals.
  package init(parts: [Part]) {
    var joined: [Part] = []
    for part in parts {
      if case .literal(let bytes) = part, case .literal(let before)? = joined.last {
        joined[joined.count - 1] = .literal(before + bytes)
      } else {
        joined.append(part)
      }
    }
    self.parts = joined
  }

  package init(literal bytes: [UInt8]) {
    parts = bytes.isEmpty ? [] : [.literal(bytes)]
  }

  /// The whole body, if no request has a say in it.
  package var literal: [UInt8]? {
    switch parts.count {
    case 0: return []
    case 1: if case .literal(let bytes) = parts[0] { return bytes } else { return nil }
    default: return nil
    }
  }

  /// The body for one request. A value that the request does not have is empty.
  package func render(_ value: (ValueName) -> String?) -> [UInt8] {
    var body: [UInt8] = []
    for part in parts {
      switch part {
      case .literal(let bytes): body += bytes
      case .placeholder(let name, let encoding): Self.append(value(name), as: encoding, to: &body)
      }
    }
    return body
  }

  /// The same for a request of a route with this pattern.
  func render(_ request: borrowing RequestValues, pattern: PathPattern) -> [UInt8] {
    var body: [UInt8] = []
    for part in parts {
      switch part {
      case .literal(let bytes): body += bytes
      case .placeholder(let name, let encoding): Self.append(request.text(of: name, pattern: pattern), as: encoding, to: &body)
      }
    }
    return body
  }

  /// A body is UTF-8, which not every octet of a path is: such octets stay percent escapes.
  private static func append(_ value: String?, as encoding: Encoding, to body: inout [UInt8]) {
    let value = value.map { ObsText.escaped($0) }
    switch encoding {
    case .text: body += (value ?? "").utf8
    case .markup: body += Markup.escaped(value ?? "").utf8
    case .jsonString: JSONString.appendEscaped(value ?? "", to: &body)
    case .jsonStringInMarkup: JSONString.appendEscaped(value ?? "", care: .markup, to: &body)
    case .jsonNumber: appendNumber(value, care: .nothing, to: &body)
    case .jsonNumberInMarkup: appendNumber(value, care: .markup, to: &body)
    }
  }

  private static func appendNumber(_ value: String?, care: JSONString.Care, to body: inout [UInt8]) {
    guard let value else {
      body += "null".utf8
      return
    }
    if JSONNumber.isSpelling(value) {
      body += value.utf8
    } else {
      JSONString.append(value, care: care, to: &body)
    }
  }
}
