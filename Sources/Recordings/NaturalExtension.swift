// The extensions that the bodies of recordings have.

import HTTPCore

/// The extension that content of a media type is known by.
enum NaturalExtension {
  /// In the order in which a body without a head file is looked for.
  static let all = ["json", "html", "txt", "xml", "js", "css", "svg", "png", "jpg", "webp", "gif", "pdf", "csv", "yaml", "bin"]

  private static let byType = [
    "application/json": "json", "text/html": "html", "text/plain": "txt", "application/xml": "xml", "text/xml": "xml",
    "text/javascript": "js", "application/javascript": "js", "text/css": "css", "image/svg+xml": "svg", "image/png": "png",
    "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "application/pdf": "pdf", "text/csv": "csv",
    "application/yaml": "yaml", "application/x-ndjson": "ndjson", "text/event-stream": "txt", "application/wasm": "wasm",
    "font/woff2": "woff2", "font/woff": "woff", "video/mp4": "mp4", "audio/mpeg": "mp3", "image/avif": "avif", "application/zip": "zip",
  ]

  private static let added = Set(byType.values).union(all)

  /// What is added for content that came coded although it was asked for plain.
  static let ofCodings: Set<String> = ["gz", "br", "zst", "z"]

  /// Whether the body of some recording may end like this.
  static func isOfBodies(_ fileExtension: String) -> Bool {
    MediaType.forExtension(fileExtension) != nil || added.contains(FieldSyntax.lowercased(fileExtension))
  }

  static func of(_ contentType: String?) -> String {
    guard let contentType else { return "bin" }
    let type = FieldSyntax.lowercased(FieldSyntax.trimmed(contentType.prefix { $0 != ";" }))
    if let known = byType[type] { return known }
    // RFC 6839: what a structured syntax suffix says can be read as that.
    if type.hasSuffix("+json") { return "json" }
    if type.hasSuffix("+xml") { return "xml" }
    return type.hasPrefix("text/") ? "txt" : "bin"
  }

  static func of(coding: String?) -> String? {
    switch coding.map({ FieldSyntax.lowercased($0) }) {
    case "gzip", "x-gzip": "gz"
    case "br": "br"
    case "zstd": "zst"
    case "deflate", "compress": "z"
    default: nil
    }
  }
}
