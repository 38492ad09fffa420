// Media types by file name. The built-in table has what web servers are asked for; an operator who needs more gives a
// `mime.types` file.

package enum MediaType {
  /// What octets of an unknown kind are (RFC 9110 §8.3).
  package static var octetStream: String { "application/octet-stream" }

  /// The media type for an extension without its dot, in any case; nil for one that is not in the table. Text formats
  /// carry a charset parameter: the files of a web project are UTF-8 today, and a browser would guess otherwise.
  package static func forExtension(_ fileExtension: String) -> String? {
    builtIn[FieldSyntax.lowercased(fileExtension)]
  }

  /// The media type for the last extension of a file name or path; nil for none or an unknown one. `.profile` has no
  /// extension.
  package static func forFileName(_ name: String) -> String? {
    fileExtension(of: name).flatMap(forExtension)
  }

  /// What follows the last dot of the last segment, unless the segment begins with that dot.
  package static func fileExtension(of name: String) -> String? {
    let segment = name.utf8.lastIndex(of: Octet.slash).map { name[name.utf8.index(after: $0)...] } ?? name[...]
    guard let dot = segment.utf8.lastIndex(of: Octet.dot), dot > segment.startIndex else { return nil }
    let result = segment[segment.utf8.index(after: dot)...]
    return result.isEmpty ? nil : String(result)
  }

  /// Reads the text of a `mime.types` file: lines of a type and its extensions, `#` begins a comment. Types without
  /// extensions and words that are no media type are skipped. Where an extension is named twice, the first line counts.
  package static func parseMimeTypes(_ text: String) -> [String: String] {
    var types: [String: String] = [:]
    for line in text.utf8.split(whereSeparator: { $0 == Octet.lineFeed || $0 == Octet.carriageReturn }) {
      let words = line.prefix { $0 != Octet.number }.split(whereSeparator: Octet.isBlank)
      guard let type = words.first.map({ String(Substring($0)) }), isMediaType(type[...]) else { continue }
      for word in words.dropFirst() {
        let fileExtension = FieldSyntax.lowercased(Substring(word))
        if types[fileExtension] == nil { types[fileExtension] = type }
      }
    }
    return types
  }

  /// `type "/" subtype`, both tokens.
  package static func isMediaType(_ text: Substring) -> Bool {
    let parts = text.utf8.split(separator: Octet.slash, omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { FieldSyntax.isToken(Substring($0)) }
  }

  private static let builtIn: [String: String] = [
    // Pages, styles and scripts (RFC 9239 makes text/javascript the one type of scripts).
    "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "xhtml": "application/xhtml+xml",
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
    "cjs": "text/javascript; charset=utf-8", "wasm": "application/wasm", "map": "application/json",
    "webmanifest": "application/manifest+json", "appcache": "text/cache-manifest; charset=utf-8",
    // Data.
    "json": "application/json", "jsonld": "application/ld+json", "geojson": "application/geo+json", "topojson": "application/json",
    "ndjson": "application/x-ndjson", "jsonl": "application/jsonl", "har": "application/json", "xml": "application/xml",
    "xsl": "application/xslt+xml", "xslt": "application/xslt+xml", "xsd": "application/xml", "rss": "application/rss+xml",
    "atom": "application/atom+xml", "yaml": "application/yaml", "yml": "application/yaml", "toml": "application/toml",
    "csv": "text/csv; charset=utf-8", "tsv": "text/tab-separated-values; charset=utf-8", "sql": "application/sql",
    "graphql": "application/graphql; charset=utf-8", "proto": "text/plain; charset=utf-8", "bin": "application/octet-stream",
    // Text.
    "txt": "text/plain; charset=utf-8", "text": "text/plain; charset=utf-8", "log": "text/plain; charset=utf-8",
    "conf": "text/plain; charset=utf-8", "ini": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8", "ics": "text/calendar; charset=utf-8", "vcf": "text/vcard; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip", "diff": "text/x-diff; charset=utf-8",
    "patch": "text/x-diff; charset=utf-8", "swift": "text/x-swift; charset=utf-8", "ts": "text/plain; charset=utf-8",
    "tsx": "text/plain; charset=utf-8", "jsx": "text/javascript; charset=utf-8", "rtf": "application/rtf",
    // Images.
    "svg": "image/svg+xml", "svgz": "image/svg+xml", "png": "image/png", "apng": "image/apng", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "jfif": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif", "heic": "image/heic", "heif": "image/heif",
    "jxl": "image/jxl", "ico": "image/vnd.microsoft.icon", "cur": "image/vnd.microsoft.icon", "bmp": "image/bmp", "tif": "image/tiff",
    "tiff": "image/tiff", "psd": "image/vnd.adobe.photoshop",
    // Fonts.
    "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "ttc": "font/collection",
    "eot": "application/vnd.ms-fontobject",
    // Sound and moving pictures.
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg",
    "flac": "audio/flac", "wav": "audio/wav", "weba": "audio/webm", "mid": "audio/midi", "midi": "audio/midi", "mp4": "video/mp4",
    "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime", "avi": "video/x-msvideo",
    "mkv": "video/matroska", "mpeg": "video/mpeg", "mpg": "video/mpeg", "m3u8": "application/vnd.apple.mpegurl",
    "mpd": "application/dash+xml", "m2ts": "video/mp2t", "3gp": "video/3gpp",
    // Documents, models and archives.
    "pdf": "application/pdf", "epub": "application/epub+zip", "ps": "application/postscript", "doc": "application/msword",
    "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation", "glb": "model/gltf-binary", "gltf": "model/gltf+json", "stl": "model/stl",
    "zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "br": "application/x-brotli", "zst": "application/zstd",
    "bz2": "application/x-bzip2", "xz": "application/x-xz", "7z": "application/x-7z-compressed", "tar": "application/x-tar",
    "jar": "application/java-archive", "apk": "application/vnd.android.package-archive", "deb": "application/vnd.debian.binary-package",
    "rpm": "application/x-rpm", "iso": "application/x-iso9660-image",
    "dmg": "application/x-apple-diskimage", "p12": "application/x-pkcs12", "crt": "application/x-x509-ca-cert",
    "pem": "application/x-pem-file", "pgp": "application/pgp-encrypted", "asc": "application/pgp-keys",
  ]
}
