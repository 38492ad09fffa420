// The spelling of text in HTML and XML, and which media types are those.

import HTTPCore

enum Markup {
  /// `text` for the content of an element, or for an attribute's value in quotes: nothing in it ends either, or begins
  /// a tag or a reference. What no document may have (HTML Standard 13.1.4, XML 1.0 section 2.2) becomes U+FFFD. In the
  /// text of a script or a style, in a URL and in an attribute without quotes more would have to be escaped than this
  /// can know.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "`": result.append(contentsOf: "&#96;".unicodeScalars)
      case "=": result.append(contentsOf: "&#61;".unicodeScalars)
      case "\t", "\n", "\r": result.append(scalar)
      case "\0"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Whether a body of this type is a document that may have elements: HTML, XML and what is written in it, such as
  /// SVG. A value that is not a media type, or one of those that stand for an unknown one, is too: a browser looks into
  /// the body then and may find HTML.
  static func isType(_ contentType: String) -> Bool {
    let essence = FieldSyntax.lowercased(FieldSyntax.trimmed(contentType.prefix { $0 != ";" && $0 != "," }))
    guard MediaType.isMediaType(essence[...]) else { return true }
    switch essence {
    case "text/html", "text/xml", "application/xml", "application/xml-dtd", "text/xsl", "*/*", "unknown/unknown", "application/unknown":
      return true
    default:
      return essence.hasSuffix("+xml")
    }
  }

  /// The element, script or style, whose text goes on after `text`, when `open` is the one whose text it begins in.
  static func rawElement(after text: String, in open: String?) -> String? {
    var open = open
    var rest = Substring(FieldSyntax.lowercased(text))
    while let bracket = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: bracket)...]
      if let name = open {
        if rest.hasPrefix("/\(name)") { open = nil }
      } else {
        open = ["script", "style"].first { rest.hasPrefix($0) }
      }
    }
    return open
  }
}
