// What the name of a file in a store says of it: whether it can be a plain body, and whose body it can be.

import HTTPCore

extension RecordingNames {
  /// Whether a path below the store may be that of a body that was put there by hand: nothing hidden, no head file,
  /// nothing with the mark of the store's own names.
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

  /// Whether the recording whose head is `stem` may have `file` for its body: the stem, one extension, and perhaps a
  /// coding's. So no head names the body of another exchange, a head, a lock or a temporary.
  ///
  /// - Parameter isFormer: the head was written by a former version, or by hand: the names of then are good too.
  static func canBeBody(_ file: String, of stem: String, isFormer: Bool) -> Bool {
    if file.hasPrefix(hiddenPrefix) || isHead(file) { return false }
    let name = Array(file.utf8)
    let bases = bases(of: stem)
    if bases.contains(where: { isBody(withoutCoding(name[...], mark: "~~"), of: $0) }) { return true }
    guard isFormer else { return false }
    // The empty path shared its body's name with the index, and what was taken made way to a digest.
    return (bases + (stem == "~" ? [Array("index".utf8)] : [])).contains { base in
      name == base || (name.starts(with: base) && isFormerEnd(name[base.count...]))
    } || isCutBody(name, of: Array(stem.utf8))
  }

  /// What the body of a stem may begin with: the stem, and for what is recorded of a directory `index`, where `index~`
  /// is the head's.
  private static func bases(of stem: String) -> [[UInt8]] {
    let own = Array(stem.utf8)
    return own.starts(with: "index~".utf8) ? [own, Array("index".utf8) + own.dropFirst(6)] : [own]
  }

  /// `base.json`; of `logo.svg` also `logo~.svg`.
  private static func isBody(_ name: ArraySlice<UInt8>, of base: [UInt8]) -> Bool {
    if let dot = base.lastIndex(of: UInt8(ascii: ".")), name.elementsEqual(base[..<dot] + [UInt8(ascii: "~")] + base[dot...]) {
      return true
    }
    return name.starts(with: base) && isExtension(name.dropFirst(base.count))
  }

  /// A former version cut a long stem before it added the digest of a body's name.
  private static func isCutBody(_ name: [UInt8], of stem: [UInt8]) -> Bool {
    guard let mark = name.lastIndex(of: UInt8(ascii: "~")), mark > 170, stem.starts(with: name[..<mark]) else { return false }
    return isFormerEnd(name[mark...])
  }

  /// A digest perhaps, an extension, a coding perhaps.
  private static func isFormerEnd(_ rest: ArraySlice<UInt8>) -> Bool {
    isExtension(withoutCoding(withoutDigest(rest), mark: ""))
  }

  private static func withoutDigest(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.dropFirst().prefix { Octet.hexValue($0) != nil }
    return rest.first == UInt8(ascii: "~") && digits.count == 16 ? rest[digits.endIndex...] : rest
  }

  private static func withoutCoding(_ name: ArraySlice<UInt8>, mark: String) -> ArraySlice<UInt8> {
    for coding in NaturalExtension.ofCodings {
      let end = "\(mark).\(coding)".utf8
      // What is left has an extension of its own.
      if name.count > end.count, name.suffix(end.count).elementsEqual(end), name.dropLast(end.count).contains(UInt8(ascii: ".")) {
        return name.dropLast(end.count)
      }
    }
    return name
  }

  /// `.json`: nothing with a mark, nor with another dot.
  private static func isExtension(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.first == UInt8(ascii: ".") && (2...17).contains(rest.count)
      && rest.dropFirst().allSatisfy { ByteClass.unreserved.contains($0) && $0 != UInt8(ascii: "~") && $0 != UInt8(ascii: ".") }
  }

  /// The names under which a recording of a former version, or a head written by hand, could have `path` for its
  /// body.
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
