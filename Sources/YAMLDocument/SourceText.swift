// The bytes of a file and its lines, for diagnostics, which show a line again and turn a byte offset into a line and a
// column. Nothing here runs while all is well: lines are looked for when there is something to report.

/// The text of one source file, divided into lines exactly as libyaml divides it.
package struct SourceText: Sendable {
  package let file: String
  package let bytes: [UInt8]

  package init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  /// The lines with these numbers (from 1), without their line breaks, found in one pass. Ill-formed UTF-8 shows as
  /// U+FFFD.
  package func lines(numbered wanted: Set<Int>) -> [Int: String] {
    guard let last = wanted.max() else { return [:] }
    var found: [Int: String] = [:]
    var line = 1
    var start = byteOrderMarkLength
    while line <= last {
      let end = endOfLine(from: start)
      if wanted.contains(line) { found[line] = String(decoding: bytes[start..<end], as: UTF8.self) }
      let width = lineBreakLength(at: end)
      if width == 0 { break }
      start = end + width
      line += 1
    }
    return found
  }

  /// The line with this number, or nil past the end.
  package func line(_ number: Int) -> String? { lines(numbered: [number])[number] }

  /// The character at a position, or nil where a line or the text ends.
  package func character(at mark: SourceMark) -> Unicode.Scalar? {
    line(mark.line)?.unicodeScalars.dropFirst(mark.column - 1).first
  }

  /// The position of the character that begins at or contains the byte at `offset`.
  package func mark(atByte offset: Int) -> SourceMark {
    var line = 1
    var start = byteOrderMarkLength
    var end = endOfLine(from: start)
    while case let width = lineBreakLength(at: end), width > 0, offset >= end + width {
      start = end + width
      end = endOfLine(from: start)
      line += 1
    }
    let before = String(decoding: bytes[start..<max(start, min(offset, end))], as: UTF8.self)
    return SourceMark(file: file, line: line, column: before.unicodeScalars.count + 1)
  }

  /// The place just past the last character that is no space or line break.
  package var endOfText: SourceMark {
    let last = bytes.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    return mark(atByte: last.map { $0 + 1 } ?? 0)
  }

  /// A UTF-8 byte order mark belongs to the file, not to its first line.
  package var byteOrderMarkLength: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  private func endOfLine(from start: Int) -> Int {
    var index = start
    while index < bytes.count, lineBreakLength(at: index) == 0 { index += 1 }
    return index
  }

  /// LF, CR, CR LF, and the three that only YAML 1.1 knows: NEL, LS, PS. Zero where no line ends.
  private func lineBreakLength(at index: Int) -> Int {
    guard index < bytes.count else { return 0 }
    switch bytes[index] {
    case 0x0A: return 1
    case 0x0D: return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
    case 0xC2: return index + 1 < bytes.count && bytes[index + 1] == 0x85 ? 2 : 0
    case 0xE2:
      guard index + 2 < bytes.count, bytes[index + 1] == 0x80 else { return 0 }
      return bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }
}
