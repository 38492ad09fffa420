// How the value of an expression is spelled in what stands around it.

import HTTPCore
import JSONText

/// The spelling of a value.
package enum TemplateEscape: Equatable, Sendable {
  /// As it is.
  case none
  /// Escaped for the content of an element, or an attribute in quotes.
  case markup
  /// The inside of a JSON string.
  case json
  /// The same where the JSON is sent as HTML or XML: what would begin an element is escaped too.
  case jsonInMarkup
  /// Percent-encoded, as one part of a URL.
  case url

  private var care: JSONString.Care { self == .jsonInMarkup ? .markup : .nothing }

  func append(_ text: String, to octets: inout [UInt8]) {
    switch self {
    case .none: octets += text.utf8
    case .markup: octets += Markup.escaped(text).utf8
    case .json, .jsonInMarkup: JSONString.appendEscaped(text, care: care, to: &octets)
    case .url:
      for octet in ObsText.octets(text) {
        if ByteClass.unreserved.contains(octet) { octets.append(octet) } else { PercentEncoding.append(octet, to: &octets) }
      }
    }
  }

  /// Appends octets that need nothing done to them; false, and nothing appended, where some may.
  @inline(__always)
  func appendPlain(_ span: Span<UInt8>, to octets: inout [UInt8]) -> Bool {
    for index in span.indices where !isPlain(span[index]) { return false }
    for index in span.indices { octets.append(span[index]) }
    return true
  }

  /// Whether an octet is spelled as it is. The encoded slash of a path is NUL, and is not.
  @inline(__always)
  private func isPlain(_ octet: UInt8) -> Bool {
    switch self {
    case .none: octet >= 0x20 && octet < 0x7F
    case .json: octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
    case .markup, .jsonInMarkup, .url: ByteClass.unreserved.contains(octet)
    }
  }

  /// Appends a value of JSON whole.
  func append(_ value: JSONValue, to octets: inout [UInt8]) {
    guard self == .jsonInMarkup else { return JSONWriter.append(value, to: &octets) }
    switch value {
    case .string(let text): JSONString.append(text, care: .markup, to: &octets)
    case .array(let items):
      octets.append(UInt8(ascii: "["))
      for (position, item) in items.enumerated() {
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        append(item, to: &octets)
      }
      octets.append(UInt8(ascii: "]"))
    case .object(let object):
      octets.append(UInt8(ascii: "{"))
      for (position, member) in object.members.enumerated() {
        if position > 0 { octets.append(UInt8(ascii: ",")) }
        JSONString.append(member.name, care: .markup, to: &octets)
        octets.append(UInt8(ascii: ":"))
        append(member.value, to: &octets)
      }
      octets.append(UInt8(ascii: "}"))
    default: JSONWriter.append(value, to: &octets)
    }
  }
}
