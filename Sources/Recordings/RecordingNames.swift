// Where a recording lies in its store: a tree that mirrors the URL, made for people to read.
//
//   GET /v2/items               v2/items.json           v2/items.head.yaml
//   GET /v2/items?page=2        v2/items?page=2.json    v2/items?page=2.head.yaml
//   GET /v2/logo.svg            v2/logo~.svg            v2/logo.svg.head.yaml
//   GET /v2/                    v2/index.html           v2/index~.head.yaml
//   POST /v2/items, by body     v2/items~POST~9f86d081884c7d659f86d081884c7d65.json and .head.yaml
//   GET /me, one client's       me~private/9f86d081884c7d659f86d081884c7d65.json and .head.yaml
//
// The name of the head file follows from the key alone and is found without looking; it says which file has the body.
//
// No two keys share a name, and no body has a name that a head, a lock or a temporary could have. `~`, which no name
// takes from a URL unescaped, marks what the store adds: an escape (`~2F`: two upper-case digits), a method (`~POST`:
// letters), a digest (`~` and 32 lower-case digits), the extension that a URL brought itself (`~.svg`; `/v2/logo` as
// SVG is `logo.svg`), a coding (`~~.gz`). `.head` of a URL is escaped wherever it stands, in any case, and so is a dot
// that would hide a file. What the file system takes for one name (letters in either case, on some), and what two
// upstreams or two variants (Vary) share, the key in the head file tells apart: the second goes under a digest of its
// key.

import HTTPCore

/// The names of one recording's files.
package struct RecordingNames: Equatable, Sendable {
  /// Directories from the store's root downward.
  let directories: [String]
  /// The directory below the store, or "." for the store itself.
  let directory: String
  /// The head file's name without `.head.yaml`.
  let stem: String
  /// The body file's name without the extension that goes at its end.
  let bodyBase: String
  /// The extension that the URL itself has, if it is of a known media type.
  let ownExtension: String?

  static let headSuffix = ".head.yaml"
  /// What the store keeps for itself: no name made from a URL begins like this, nor is a file of such a name ever
  /// served.
  static let hiddenPrefix = ".~~"
  static let temporarySuffix = ".part"
  static let lockName = ".~~lock"
  /// What the digests of secrets are keyed with.
  static let secretName = ".~~secret"
  /// At the end of the directory that has what clients were answered for themselves.
  private static let privateMark = "~private"
  /// Stems longer than this are cut: a name may have 255 bytes, and a stem gets a digest, an extension and a suffix.
  private static let maxStemLength = 180
  /// What is deeper goes into one directory, under a digest: a URL of 8 KiB could make thousands.
  static let maxDepth = 16

  /// The names that come first for `key`.
  init(_ key: RecordingKey) {
    let path = Array(key.path.utf8)
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    let last = slash.map { String(decoding: path[($0 + 1)...], as: UTF8.self) }
    let isIndex = last?.isEmpty == true
    let name = Self.fileName(last ?? "")

    var suffix = ""
    if Self.isPlainMethod(key.method), key.method != "GET" { suffix += "~\(key.method)" }
    if let query = key.query { suffix += "?" + Self.escaped(query: query) }
    if !key.headers.isEmpty || key.bodyDigest != nil || !Self.isPlainMethod(key.method) { suffix += "~\(key.requestDigest)" }
    // The empty path and the slash are two keys.
    var stem = (last == nil ? "~" : isIndex ? "index~" : name) + suffix
    var bodyBase = (last == nil ? "~" : isIndex ? "index" : name) + suffix
    let ownExtension = isIndex ? nil : Self.knownExtension(of: name)
    if stem.utf8.count > Self.maxStemLength {
      stem = "\(Self.cut(stem))~\(key.requestDigest)"
      bodyBase = stem
    } else if suffix.isEmpty, let own = ownExtension {
      bodyBase = bodyBase.dropLast(own.utf8.count + 1) + "~"
    }
    self.init(directories: Self.directories(path[..<(slash ?? 0)]), stem: stem, bodyBase: bodyBase, ownExtension: ownExtension)
    if let owner = key.credentials { self = owned(by: owner) }
  }

  private init(directories: [String], stem: String, bodyBase: String, ownExtension: String?) {
    self.directories = directories
    directory = directories.isEmpty ? "." : directories.joined(separator: "/")
    self.stem = stem
    self.bodyBase = bodyBase
    self.ownExtension = ownExtension
  }

  /// The names of one client's recording, where these are shared.
  func owned(by owner: RecordingKey.Owner) -> RecordingNames {
    RecordingNames(
      directories: directories + [stem + Self.privateMark], stem: owner.fileName, bodyBase: owner.fileName, ownExtension: ownExtension)
  }

  /// The names for when these are taken by another key, and for a variant beside the first: `key` says which.
  func alternative(_ key: RecordingKey) -> RecordingNames {
    let stem = "\(Self.cut(self.stem))~\(key.digest)"
    return RecordingNames(directories: directories, stem: stem, bodyBase: stem, ownExtension: ownExtension)
  }

  /// Where what clients were answered for themselves lies, for any client, if these names are shared.
  var privateDirectory: String { path(stem + Self.privateMark) }

  var headName: String { stem + Self.headSuffix }
  /// The head file, below the store.
  package var headPath: String { path(headName) }
  var pendingPath: String { path(pendingName) }

  /// A name in the recording's directory as a path below the store.
  package func path(_ name: String) -> String { directories.isEmpty ? name : "\(directory)/\(name)" }
  /// Where the next head waits while the body is exchanged.
  var pendingName: String { Self.hiddenPrefix + headName }

  /// The body's name for content of this type and coding: as natural as it can be.
  func bodyName(contentType: String?, contentCoding: String?) -> String {
    let coding = NaturalExtension.of(coding: contentCoding).map { "~~.\($0)" } ?? ""
    return "\(bodyBase).\(ownExtension ?? NaturalExtension.of(contentType))\(coding)"
  }

  /// Names that a body without a head file may have, likeliest first.
  var plainNames: [String] {
    if ownExtension != nil, !stem.contains("?") { return [plainBase] }
    return (stem.contains("?") ? [] : [plainBase]) + (ownExtension.map { [$0] } ?? NaturalExtension.all).map { "\(plainBase).\($0)" }
  }

  /// What those begin with: `logo.svg` ends in its extension already, `logo.svg?v=2` does not.
  package var plainBase: String {
    if ownExtension != nil, !stem.contains("?") { return stem }
    return Self.isEscapedIndex(bodyBase) ? "index" : bodyBase
  }

  // MARK: Escaping

  /// The directories of a path up to its last slash. Their names are written into one buffer: a hostile path has
  /// thousands.
  private static func directories(_ path: ArraySlice<UInt8>) -> [String] {
    guard !path.isEmpty else { return [] }
    var names: [UInt8] = []
    names.reserveCapacity(path.count + path.count / 8)
    var ends: [Int] = []
    var start = path.startIndex + 1
    for index in start...path.endIndex where index == path.endIndex || path[index] == UInt8(ascii: "/") {
      if !ends.isEmpty { names.append(UInt8(ascii: "/")) }
      appendDirectoryName(path[start..<index], to: &names)
      ends.append(names.count)
      start = index + 1
    }
    let isFolded = ends.count > maxDepth
    let kept = isFolded ? ends.prefix(maxDepth - 1) : ends[...]
    var result: [String] = []
    var next = 0
    for end in kept {
      result.append(String(decoding: names[next..<end], as: UTF8.self))
      next = end + 1
    }
    if isFolded { result.append("~\(SHA256.hexDigest(of: names[next...]).prefix(32))") }
    return result
  }

  /// A directory never has a name that a file of the store could have: one with an extension of bodies gets a `~`.
  private static func appendDirectoryName(_ segment: ArraySlice<UInt8>, to names: inout [UInt8]) {
    if segment.isEmpty { return names.append(UInt8(ascii: "~")) }
    if isItsOwnName(segment) { return names.append(contentsOf: segment) }
    let name = escaped(segment: String(decoding: segment, as: UTF8.self))
    if name.utf8.count > maxStemLength {
      names += "\(cut(name))~\(SHA256.hexDigest(of: name.utf8).prefix(32))".utf8
    } else {
      names += name.utf8
      if MediaType.fileExtension(of: name).map({ NaturalExtension.isOfBodies($0) }) == true { names.append(UInt8(ascii: "~")) }
    }
  }

  /// Whether a segment of a path has nothing that a name would escape, and no extension, and is short.
  static func isItsOwnName(_ segment: ArraySlice<UInt8>) -> Bool {
    segment.count <= maxStemLength
      && segment.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: "."), UInt8(ascii: "~"): false
        default: byte > 0x20 && byte < 0x7f
        }
      }
  }

  /// The last segment of a path. `index` itself is escaped: the body of a directory has that name.
  private static func fileName(_ segment: String) -> String {
    guard FieldSyntax.equalIgnoringCase(segment, "index") else { return escaped(segment: segment) }
    return (segment.hasPrefix("i") ? "~69" : "~49") + segment.dropFirst()
  }

  private static func isEscapedIndex(_ name: String) -> Bool { name == "~69ndex" }

  /// A canonical path segment as a file name: characters beyond ASCII and blanks in plain, other escapes as they stand,
  /// and so those of octets that are no UTF-8, which no name could tell apart.
  static func escaped(segment: String) -> String {
    let bytes = Array(segment.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let octets = octets(bytes, at: index)
      if octets.isEmpty {
        append(bytes, index, to: &result)
        index += 1
      } else {
        let end = index + 3 * octets.count
        if octets == [0x20] || (octets[0] >= 0x80 && String(validating: octets, as: UTF8.self) != nil) {
          result += octets
        } else {
          result += bytes[index..<end]
        }
        index = end
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The octets that the escapes from here on stand for: one of ASCII, or all beyond it in a row.
  private static func octets(_ bytes: [UInt8], at start: Int) -> [UInt8] {
    var octets: [UInt8] = []
    var index = start
    while index + 2 < bytes.count, bytes[index] == UInt8(ascii: "%"), let high = Octet.hexValue(bytes[index + 1]),
      let low = Octet.hexValue(bytes[index + 2])
    {
      let octet = high << 4 | low
      if octet < 0x80 { return octets.isEmpty ? [octet] : octets }
      octets.append(octet)
      index += 3
    }
    return octets
  }

  /// A canonical query, all of it visible ASCII, as part of a file name.
  private static func escaped(query: String) -> String {
    let bytes = Array(query.utf8)
    var result: [UInt8] = []
    for index in bytes.indices { append(bytes, index, to: &result) }
    return String(decoding: result, as: UTF8.self)
  }

  private static func append(_ bytes: [UInt8], _ index: Int, to result: inout [UInt8]) {
    let byte = bytes[index]
    let isReserved = byte == UInt8(ascii: "/") || byte == UInt8(ascii: "~") || byte <= 0x20 || byte == 0x7f
    if isReserved || (byte == UInt8(ascii: ".") && (index == 0 || isHead(bytes[(index + 1)...]))) {
      result += Octet.escaped(byte, mark: UInt8(ascii: "~"))
    } else {
      result.append(byte)
    }
  }

  private static func isHead(_ rest: ArraySlice<UInt8>) -> Bool { rest.prefix(4).elementsEqual("head".utf8) { $0 | 0x20 == $1 } }

  private static func isPlainMethod(_ method: String) -> Bool {
    (3...20).contains(method.utf8.count) && method.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }

  private static func knownExtension(of name: String) -> String? {
    MediaType.fileExtension(of: name).flatMap { MediaType.forExtension($0) == nil ? nil : $0 }
  }

  /// The beginning of a name, with no character cut in two.
  private static func cut(_ name: String) -> String {
    guard name.utf8.count > maxStemLength else { return name }
    var result = ""
    for scalar in name.unicodeScalars {
      guard result.utf8.count + scalar.utf8.count <= maxStemLength else { break }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
