// Where a piece of text stands. Every node, error and diagnostic carries one, so that whatever is wrong with a file can be said with
// its line, its column and a caret under the very characters.

/// A span of characters in a source file: where it begins and the place just past its end.
///
/// Lines and columns count from 1. Columns count Unicode scalars, as editors and compilers print them, not bytes.
package struct SourceMark: Equatable, Hashable, Sendable {
  /// The file as its user named it; not necessarily an absolute path.
  package let file: String
  private let startLine: Int32
  private let startColumn: Int32
  private let lastLine: Int32
  private let lastColumn: Int32

  package init(file: String, line: Int, column: Int, endLine: Int, endColumn: Int) {
    self.file = file
    startLine = Int32(clamping: line)
    startColumn = Int32(clamping: column)
    lastLine = Int32(clamping: endLine)
    lastColumn = Int32(clamping: endColumn)
  }

  /// A span of `length` characters within one line.
  package init(file: String, line: Int, column: Int, length: Int = 1) {
    self.init(file: file, line: line, column: column, endLine: line, endColumn: column + length)
  }

  package var line: Int { Int(startLine) }
  package var column: Int { Int(startColumn) }
  package var endLine: Int { Int(lastLine) }
  package var endColumn: Int { Int(lastColumn) }

  /// The number of characters to underline: at least 1, and 1 where the span leaves its first line.
  package var length: Int { startLine == lastLine ? max(1, Int(lastColumn - startColumn)) : 1 }

  /// The span's first character alone.
  package var start: SourceMark { SourceMark(file: file, line: line, column: column) }

  /// `length` characters that begin `offset` characters into this span.
  package func part(offset: Int, length: Int) -> SourceMark {
    SourceMark(file: file, line: line, column: column + offset, length: length)
  }
}

extension SourceMark: CustomStringConvertible {
  /// `file:line:column`, the form that editors and terminals turn into a link.
  package var description: String { "\(file):\(line):\(column)" }
}

extension SourceMark: Comparable {
  /// Orders by position within a file; marks of two files compare by file name.
  package static func < (one: SourceMark, other: SourceMark) -> Bool {
    (one.file, one.startLine, one.startColumn) < (other.file, other.startLine, other.startColumn)
  }
}
