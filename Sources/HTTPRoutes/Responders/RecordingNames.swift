// Where a recording lies in its store: a tree that mirrors the URL, made for people to read.
//
//   GET /v2/items               v2/items.json           v2/items.head.yaml
//   GET /v2/items?page=2        v2/items?page=2.json    v2/items?page=2.head.yaml
//   GET /v2/logo.svg            v2/logo.svg             v2/logo.svg.head.yaml
//   GET /v2/                    v2/index.html           v2/index~.head.yaml
//   POST /v2/items, by body     v2/items~POST~9f86d081884c7d65.json and .head.yaml
//
// The name of the head file follows from the key alone and is found without looking; it says which file has the body. Names are
// injective: `~`, which no name takes from a URL unescaped, marks whatever the store adds, and escapes the few octets that a file name
// cannot have. Two names can still meet where the file system itself takes them for one (letters in either case, on some) or where
// a long name is cut: then the key in the head file tells, and the second recording goes under a digest of its key.

import HTTPCore

struct RecordingNames: Equatable, Sendable {
  /// Directories from the store's root downward.
  let directories: [String]
  /// The head file's name without `.head.yaml`.
  let stem: String
  /// The body file's name without the extension that goes at its end.
  let bodyBase: String
  /// The extension that the URL itself has, if it is of a known media type.
  let ownExtension: String?

  static let headSuffix = ".head.yaml"
  /// What the store keeps for itself: no name made from a URL begins like this, nor is a file of such a name ever served.
  static let hiddenPrefix = ".~~"
  static let temporarySuffix = ".part"
  static let lockName = ".~~lock"
  /// Stems longer than this are cut: a name may have 255 bytes, and a stem gets a digest, an extension and a suffix.
  private static let maximumStemLength = 180
  /// A path longer than this goes under its digest alone: openat2(2) takes 4095 bytes.
  private static let maximumPathLength = 3500

  init(_ key: RecordingKey) {
    var segments = key.path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    if !segments.isEmpty { segments.removeFirst() }
    let last = segments.popLast()
    let directories = segments.map(Self.directoryName)
    let isIndex = last == nil || last?.isEmpty == true
    var name = Self.escaped(segment: last ?? "")
    if name.hasSuffix(Self.headSuffix) { name = name.dropLast(Self.headSuffix.utf8.count) + "~2Ehead.yaml" }
    ownExtension = isIndex ? nil : Self.knownExtension(of: name)

    var suffix = ""
    if key.method != "GET" { suffix += "~\(key.method)" }
    if let query = key.query { suffix += "?" + Self.escaped(query: query) }
    if !key.headers.isEmpty || key.bodyDigest != nil { suffix += "~\(key.digest)" }
    // The empty path and the slash are two keys.
    let head = last == nil ? "~" : isIndex ? "index~" : name
    let body = isIndex ? "index" : name

    if directories.reduce(0, { $0 + $1.utf8.count + 1 }) > Self.maximumPathLength {
      self.directories = ["~long"]
      stem = key.digest
      bodyBase = key.digest
    } else if (head + suffix).utf8.count > Self.maximumStemLength {
      self.directories = directories
      stem = "\(Self.cut(head + suffix))~\(key.digest)"
      bodyBase = stem
    } else {
      self.directories = directories
      stem = head + suffix
      // `logo.svg` ends in its extension already; `logo.svg?v=2` does not.
      bodyBase = body + suffix
    }
  }

  private init(directories: [String], stem: String, bodyBase: String, ownExtension: String?) {
    self.directories = directories
    self.stem = stem
    self.bodyBase = bodyBase
    self.ownExtension = ownExtension
  }

  /// The names for when these are taken by another key.
  func alternative(_ key: RecordingKey) -> RecordingNames {
    let stem = "\(Self.cut(self.stem))~\(key.digest)"
    return RecordingNames(directories: directories, stem: stem, bodyBase: stem, ownExtension: ownExtension)
  }

  /// The directory below the store, or "." for the store itself.
  var directory: String { directories.isEmpty ? "." : directories.joined(separator: "/") }
  var headName: String { stem + Self.headSuffix }
  var headPath: String { path(headName) }
  var pendingPath: String { path(pendingName) }

  /// A name in the recording's directory as a path below the store.
  func path(_ name: String) -> String { directories.isEmpty ? name : "\(directory)/\(name)" }
  /// Where the next head waits while the body is exchanged.
  var pendingName: String { Self.hiddenPrefix + headName }

  /// The body's name for content of this type and coding: as natural as it can be.
  func bodyName(contentType: String?, contentCoding: String?) -> String {
    var name = bodyBase
    if ownExtension == nil || !name.hasSuffix(".\(ownExtension!)") {
      name += "." + (ownExtension ?? NaturalExtension.of(contentType))
    }
    return name + (NaturalExtension.of(coding: contentCoding) ?? "")
  }

  /// The same when that name belongs to another recording.
  func alternativeBodyName(_ name: String, _ key: RecordingKey) -> String {
    let fileExtension = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[$0...]) } ?? ""
    return "\(Self.cut(bodyBase))~\(key.digest)\(fileExtension)"
  }

  /// Names that a body without a head file may have, likeliest first.
  var plainNames: [String] {
    let bare = ownExtension.map { bodyBase.hasSuffix(".\($0)") } == true || !bodyBase.contains("?") ? [bodyBase] : []
    let extensions = ownExtension.map { [$0] } ?? NaturalExtension.all
    return bare + extensions.map { "\(bodyBase).\($0)" }
  }

  // MARK: Names that were not made here

  /// Whether a path below the store may be that of a body that somebody put there: nothing hidden, no head file, nothing with the mark of
  /// the store's own names.
  static func isPlain(_ path: String) -> Bool {
    !path.isEmpty && !path.hasSuffix(headSuffix) && !path.utf8.contains(UInt8(ascii: "~"))
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
        !segment.isEmpty && segment.first != UInt8(ascii: ".")
      }
  }

  /// The names under which a recording could have `path` for its body.
  static func possibleStems(of path: String) -> [(stem: String, headPath: String, pendingPath: String, file: String)] {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    let directory = String(path[..<slash])
    let file = String(path[slash...])
    var stems = [file]
    var name = file
    while let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex, stems.count < 3 {
      name = String(name[..<dot])
      stems.append(name)
    }
    for stem in stems {
      // `index.html` may be that of `index~`, and a body that made way for another has a digest that its head has not.
      if stem.hasPrefix("index") { stems.append("index~" + stem.dropFirst(5)) }
      if let mark = stem.utf8.lastIndex(of: UInt8(ascii: "~")), mark > stem.startIndex { stems.append(String(stem[..<mark])) }
    }
    return stems.map { ($0, "\(directory)\($0)\(headSuffix)", "\(directory)\(hiddenPrefix)\($0)\(headSuffix)", file) }
  }

  // MARK: Escaping

  /// A directory never has a name that a file of the store could have: one with a known extension gets a `~`.
  private static func directoryName(_ segment: String) -> String {
    if segment.isEmpty { return "~" }
    let name = escaped(segment: segment)
    if name.utf8.count > maximumStemLength { return "\(cut(name))~\(SHA256.hexDigest(of: name.utf8).prefix(16))" }
    return knownExtension(of: name) == nil ? name : name + "~"
  }

  /// A canonical path segment as a file name: characters beyond ASCII and blanks in plain, other escapes as they stand.
  static func escaped(segment: String) -> String {
    let bytes = Array(segment.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = RecordingKey.hexValue(bytes[index + 1]),
        let low = RecordingKey.hexValue(bytes[index + 2])
      {
        let decoded = high << 4 | low
        if decoded >= 0x80 || decoded == 0x20 { result.append(decoded) } else { result += bytes[index..<index + 3] }
        index += 3
        continue
      }
      append(byte, to: &result)
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A canonical query, all of it visible ASCII, as part of a file name.
  private static func escaped(query: String) -> String {
    var result: [UInt8] = []
    for byte in query.utf8 { append(byte, to: &result) }
    return String(decoding: result, as: UTF8.self)
  }

  private static func append(_ byte: UInt8, to result: inout [UInt8]) {
    if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "~") || byte <= 0x20 || byte == 0x7f {
      result += RecordingKey.escape(byte, "~")
    } else {
      result.append(byte)
    }
  }

  private static func knownExtension(of name: String) -> String? {
    MediaType.fileExtension(of: name).flatMap { MediaType.forExtension($0) == nil ? nil : $0 }
  }

  /// The beginning of a name, with no character cut in two.
  private static func cut(_ name: String) -> String {
    guard name.utf8.count > maximumStemLength else { return name }
    var result = ""
    for character in name {
      guard result.utf8.count + character.utf8.count <= maximumStemLength else { break }
      result.append(character)
    }
    return result
  }
}

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

  static func of(_ contentType: String?) -> String {
    guard let contentType else { return "bin" }
    let type = FieldSyntax.lowercased(FieldSyntax.trimmed(contentType.prefix { $0 != ";" }))
    if let known = byType[type] { return known }
    // RFC 6839: what a structured syntax suffix says can be read as that.
    if type.hasSuffix("+json") { return "json" }
    if type.hasSuffix("+xml") { return "xml" }
    return type.hasPrefix("text/") ? "txt" : "bin"
  }

  /// What is added for content that came coded although it was asked for plain.
  static func of(coding: String?) -> String? {
    switch coding.map({ FieldSyntax.lowercased($0) }) {
    case "gzip", "x-gzip": ".gz"
    case "br": ".br"
    case "zstd": ".zst"
    case "deflate", "compress": ".z"
    default: nil
    }
  }
}
