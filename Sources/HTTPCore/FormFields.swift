// The fields of a form in the body of a request: application/x-www-form-urlencoded (URL Standard §5.1), and the parts
// of multipart/form-data (RFC 7578) that are not files.

/// A field of a form, decoded. Octets that are not UTF-8 are spelled as `ObsText` does.
package struct FormField: Equatable, Sendable {
  package let name: String
  package let value: String
}

package enum FormFields {
  /// Parts of a multipart body that are read; what comes behind them is left out.
  package static let maxPartCount = 1_000
  /// Fields of the other type that are read; what comes behind them is left out.
  package static let maxFieldCount = 10_000

  /// Whether a body of this type has fields.
  package static func areIn(contentType: String) -> Bool {
    ["application/x-www-form-urlencoded", "multipart/form-data"].contains(essence(of: contentType))
  }

  private static func essence(of contentType: String) -> String {
    FieldSyntax.lowercased(FieldSyntax.trimmed(contentType.prefix { $0 != ";" }))
  }

  /// The fields in their order; nil for a body of another type.
  ///
  /// - Parameters:
  ///   - contentType: the value of Content-Type.
  package static func read(_ body: [UInt8], contentType: String) -> [FormField]? {
    switch essence(of: contentType) {
    case "application/x-www-form-urlencoded":
      return QueryParameters(body.span).spelledPairs(atMost: maxFieldCount).map { FormField(name: $0.name, value: $0.value) }
    case "multipart/form-data": return parameter("boundary", of: contentType[...]).map { parts(body, boundary: $0) }
    default: return nil
    }
  }

  /// A parameter of a field such as Content-Type or Content-Disposition (RFC 9110 §5.6.6), unquoted.
  static func parameter(_ name: String, of value: Substring) -> String? {
    var rest = value.utf8.drop { $0 != UInt8(ascii: ";") }
    while rest.first == UInt8(ascii: ";") {
      rest = rest.dropFirst()
      var end = rest.startIndex
      var isQuoted = false
      while end < rest.endIndex, isQuoted || rest[end] != UInt8(ascii: ";") {
        if rest[end] == Octet.quote { isQuoted.toggle() }
        // In a quoted string a backslash takes the next octet with it.
        if isQuoted, rest[end] == UInt8(ascii: "\\"), rest.index(after: end) < rest.endIndex { end = rest.index(after: end) }
        end = rest.index(after: end)
      }
      let pair = Substring(rest[..<end])
      rest = rest[end...]
      guard let equals = pair.utf8.firstIndex(of: Octet.equals) else { continue }
      if FieldSyntax.lowercased(String(FieldSyntax.trimmed(pair[..<equals]))) == name {
        let text = FieldSyntax.trimmed(pair[pair.utf8.index(after: equals)...])
        return FieldSyntax.unquoted(text) ?? String(text)
      }
    }
    return nil
  }

  private static func parts(_ body: [UInt8], boundary: String) -> [FormField] {
    guard (1...200).contains(boundary.utf8.count) else { return [] }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter may stand at the very start, without a line end before it.
    var found: [FormField] = []
    var count = 0
    var start = nextDelimiter(Array(delimiter.dropFirst(2)), body, from: 0).map { $0 + delimiter.count - 2 }
    while let begin = start, let end = nextDelimiter(delimiter, body, from: begin), count < maxPartCount {
      if let field = field(body[begin..<end]) { found.append(field) }
      count += 1
      start = end + delimiter.count
    }
    return found
  }

  /// What stands between two delimiters: the rest of the delimiter's line, a head, an empty line, the content.
  private static func field(_ part: ArraySlice<UInt8>) -> FormField? {
    let lineEnd = [Octet.carriageReturn, Octet.lineFeed]
    guard var position = nextDelimiter(lineEnd, part, from: part.startIndex).map({ $0 + 2 }) else { return nil }
    var name: String?
    while let end = nextDelimiter(lineEnd, part, from: position) {
      let line = Substring(ObsText.text(Array(part[position..<end])))
      position = end + 2
      if line.isEmpty { return name.map { FormField(name: $0, value: ObsText.text(Array(part[position...]))) } }
      guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")),
        FieldSyntax.lowercased(String(line[..<colon])) == "content-disposition"
      else { continue }
      if parameter("filename", of: line) != nil || parameter("filename*", of: line) != nil { return nil }
      name = parameter("name", of: line)
    }
    return nil
  }

  /// Where `delimiter` stands next, at the latest before the end.
  private static func nextDelimiter<Octets: RandomAccessCollection<UInt8>>(
    _ delimiter: [UInt8], _ body: Octets, from start: Int
  ) -> Int? where Octets.Index == Int {
    var position = start
    while position + delimiter.count <= body.endIndex {
      if body[position] == delimiter[0], body[position..<position + delimiter.count].elementsEqual(delimiter) { return position }
      position += 1
    }
    return nil
  }
}
