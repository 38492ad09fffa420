// Where stores of former versions have what lies elsewhere today. Read, and never written.
//
// Names were the same but for these: the digest of a key had 16 digits; a dot at the front and `.head` were not escaped
// (`.head.yaml` at the end of a path was); `index` was; directories were not folded; a body had no marks (`/logo.svg`
// was `logo.svg`, and `index.html` that of `/` or of `/index`, whichever was recorded first, the other under a digest).

import HTTPCore

struct FormerRecordingNames {
  /// The head files that a former version could have for the key, likeliest first.
  let headPaths: [String]

  private static let maxStemLength = 180
  private static let maxPathLength = 3500

  /// - Parameter key: as a former version spelled it.
  init(_ key: RecordingKey) {
    let path = Array(key.path.utf8)
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    let last = slash.map { String(decoding: path[($0 + 1)...], as: UTF8.self) }
    let digest = String(key.requestDigest.prefix(16))
    var name = Self.escaped(segment: last ?? "")
    if name.hasSuffix(RecordingNames.headSuffix) { name = name.dropLast(RecordingNames.headSuffix.utf8.count) + "~2Ehead.yaml" }
    name = last == nil ? "~" : last?.isEmpty == true ? "index~" : name
    if key.method != "GET" { name += "~\(key.method)" }
    if let query = key.query { name += "?" + Self.escaped(query: query) }
    if !key.headers.isEmpty || key.bodyDigest != nil { name += "~\(digest)" }

    var directory = Self.directory(path[..<(slash ?? 0)])
    var stem = name
    if directory.utf8.count > Self.maxPathLength {
      directory = "~long/"
      stem = digest
    } else if name.utf8.count > Self.maxStemLength {
      stem = "\(Self.cut(name))~\(digest)"
    }
    headPaths = [stem, "\(Self.cut(stem))~\(digest)"].map { "\(directory)\($0)\(RecordingNames.headSuffix)" }
  }

  /// The directories of a path up to its last slash, each with a slash behind it.
  private static func directory(_ path: ArraySlice<UInt8>) -> String {
    guard !path.isEmpty else { return "" }
    var result: [UInt8] = []
    var start = path.startIndex + 1
    for index in start...path.endIndex where index == path.endIndex || path[index] == UInt8(ascii: "/") {
      let segment = path[start..<index]
      if RecordingNames.isItsOwnName(segment), !segment.isEmpty {
        result += segment
      } else {
        result += directoryName(String(decoding: segment, as: UTF8.self)).utf8
      }
      result.append(UInt8(ascii: "/"))
      start = index + 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func directoryName(_ segment: String) -> String {
    if segment.isEmpty { return "~" }
    let name = escaped(segment: segment)
    if name.utf8.count > maxStemLength { return "\(cut(name))~\(SHA256.hexDigest(of: name.utf8).prefix(16))" }
    return MediaType.fileExtension(of: name).flatMap(MediaType.forExtension) == nil ? name : name + "~"
  }

  private static func escaped(segment: String) -> String {
    let bytes = Array(segment.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = Octet.hexValue(bytes[index + 1]),
        let low = Octet.hexValue(bytes[index + 2])
      {
        let decoded = high << 4 | low
        if decoded >= 0x80 || decoded == 0x20 { result.append(decoded) } else { result += bytes[index..<index + 3] }
        index += 3
      } else {
        append(bytes[index], to: &result)
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func escaped(query: String) -> String {
    var result: [UInt8] = []
    for byte in query.utf8 { append(byte, to: &result) }
    return String(decoding: result, as: UTF8.self)
  }

  private static func append(_ byte: UInt8, to result: inout [UInt8]) {
    if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "~") || byte <= 0x20 || byte == 0x7f {
      result += Octet.escaped(byte, mark: UInt8(ascii: "~"))
    } else {
      result.append(byte)
    }
  }

  private static func cut(_ name: String) -> String {
    guard name.utf8.count > maxStemLength else { return name }
    var result = ""
    for character in name {
      guard result.utf8.count + character.utf8.count <= maxStemLength else { break }
      result.append(character)
    }
    return result
  }
}
