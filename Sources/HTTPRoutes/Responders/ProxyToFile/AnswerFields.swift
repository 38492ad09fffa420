// Which fields an answer may carry that the server has not written itself: those of a configuration, of a recording, of
// an upstream.
//
// The server frames each message, dates it and decides on the connection (RFC 9110 sections 6.6.1 and 7.6.1, RFC 9112
// section 6). A second word on that, wherever it comes from, would split the answer for one of its readers. All three
// sources ask here. Server and Via describe the upstream, not this connection: they pass as they came, and this server
// adds none.

import HTTPCore

enum AnswerFields {
  private static let ofTheServer: Set<String> = [
    "connection", "content-length", "date", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// Whether only the server writes this field, or the field is about a connection to somewhere else. `name` is in
  /// lower case.
  static func isServersOwn(_ name: String) -> Bool {
    // Proxy-Authenticate and its kin are for the next hop. Proxy-Status is for the client (RFC 9209 section 2).
    return ofTheServer.contains(name) || name.hasPrefix("proxy-") && name != "proxy-status"
  }

  /// The fields that may go out, in order: none of the server's own, none that a Connection field names, none that is
  /// malformed, and no Content-Range but with the statuses that have one (RFC 9110 section 14.4), since a range of a
  /// whole answer brings its own.
  static func permitted(_ fields: [FieldLine], ofStatus status: Int) -> [FieldLine] {
    let named = connectionOptions(fields)
    return fields.compactMap { field in
      let name = FieldSyntax.lowercased(field.name)
      if isServersOwn(name) || named.contains(name) || name == "content-range" && status != 206 && status != 416 { return nil }
      guard FieldSyntax.isValidName(field.name), FieldSyntax.isValidValue(field.value) else { return nil }
      return field
    }
  }

  /// The names, in lower case, of the fields that are for one connection alone (RFC 9110 section 7.6.1).
  static func connectionOptions(_ fields: [FieldLine]) -> Set<String> {
    var named: Set<String> = []
    for field in fields where FieldSyntax.equalIgnoringCase(field.name, "connection") {
      named.formUnion(FieldSyntax.listElements(field.value).map { FieldSyntax.lowercased($0) })
    }
    return named
  }

  // MARK: Decoded content

  /// What says nothing true of content that was decoded (RFC 9110 sections 8.4 and 8.8.3, RFC 9530).
  private static let ofCodedContent: Set<String> = ["content-encoding", "content-md5", "digest", "content-digest", "repr-digest"]

  /// The fields of an answer whose content came coded and was decoded: a strong tag is of the coded bytes, so it is
  /// weak now.
  static func decoded(_ fields: [FieldLine]) -> [FieldLine] {
    fields.compactMap { field in
      let name = FieldSyntax.lowercased(field.name)
      if ofCodedContent.contains(name) { return nil }
      guard name == "etag", var tag = EntityTag(field.value) else { return field }
      tag.isWeak = true
      return FieldLine(field.name, tag.text)
    }
  }
}
