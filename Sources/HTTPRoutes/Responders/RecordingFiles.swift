// What the name of a file in a store says of it: whether it can be a plain body, and whose body it can be.

import HTTPCore

extension RecordingNames {
  /// Whether a path below the store may be that of a body that somebody put there: nothing hidden, no head file, nothing with the mark of
  /// the store's own names.
  static func isPlain(_ path: String) -> Bool {
    !path.isEmpty && !isHead(path) && !path.utf8.contains(UInt8(ascii: "~"))
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
        !segment.isEmpty && segment.first != UInt8(ascii: ".")
      }
  }

  /// Whether a file has the name of a head, as a file system without case would have it.
  static func isHead(_ path: String) -> Bool {
    path.utf8.count >= headSuffix.utf8.count && FieldSyntax.lowercased(path).hasSuffix(headSuffix)
  }

  /// Whether the recording whose head is `stem` may have `file` for its body: the stem, one extension, and perhaps a coding's. So no head
  /// names the body of another exchange, a head, a lock or a temporary.
  ///
  /// - Parameter isFormer: the head was written by a former version, or by hand: the names of then are good too.
  static func canBeBody(_ file: String, of stem: String, isFormer: Bool) -> Bool {
    if file.hasPrefix(hiddenPrefix) || isHead(file) { return false }
    let base = stem == "index~" || stem.hasPrefix("index~?") || stem.hasPrefix("index~~") ? "index" + stem.dropFirst(6) : stem
    if let dot = base.utf8.lastIndex(of: UInt8(ascii: ".")), file == "\(base[..<dot])~\(base[dot...])" { return true }
    if file.hasPrefix(base), isExtension(file.dropFirst(base.count), codingMark: "~~") { return true }
    guard isFormer else { return false }
    // The empty path shared its body's name with the index, and what was taken made way to a digest.
    return file == base
      || [base, stem == "~" ? "index" : base].contains { base in
        file.hasPrefix(base) && isExtension(withoutDigest(file.dropFirst(base.count)), codingMark: "")
      } || isCutBody(file, of: stem)
  }

  /// A former version cut a long stem before it added the digest of a body's name.
  private static func isCutBody(_ file: String, of stem: String) -> Bool {
    guard let mark = file.utf8.lastIndex(of: UInt8(ascii: "~")), file[..<mark].utf8.count > 170, stem.hasPrefix(file[..<mark]) else {
      return false
    }
    return isExtension(withoutDigest(file[mark...]), codingMark: "")
  }

  private static func withoutDigest(_ rest: Substring) -> Substring {
    let digits = rest.utf8.dropFirst().prefix { RecordingKey.hexValue($0) != nil }
    return rest.utf8.first == UInt8(ascii: "~") && digits.count == 16 ? rest[digits.endIndex...] : rest
  }

  /// `.json`, `.json~~.gz`.
  private static func isExtension(_ rest: Substring, codingMark: String) -> Bool {
    let extensions = rest.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { String(Substring($0)) }
    guard (2...3).contains(extensions.count), extensions[0].isEmpty else { return false }
    let isCoded = extensions.count == 3
    guard !isCoded || (extensions[1].hasSuffix(codingMark) && NaturalExtension.ofCodings.contains(extensions[2])) else { return false }
    let own = extensions[1].dropLast(isCoded ? codingMark.count : 0)
    return (1...16).contains(own.utf8.count) && own.utf8.allSatisfy { ByteClass.unreserved.contains($0) && $0 != UInt8(ascii: "~") }
  }

  /// The names under which a recording of a former version, or a head that somebody wrote, could have `path` for its body.
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
}
