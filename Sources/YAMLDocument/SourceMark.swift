// Where a piece of text stands. Every node, error and diagnostic knows it, so that whatever is wrong with a file can be
// said with its line, its column and a caret under the very characters.
//
// Nodes keep a span, four small integers; the file joins it where a problem leaves the file's own tree. A tree of a
// hundred thousand nodes would otherwise count references to one file name.

/// A span of characters within some file: where it begins and the place just past its end.
///
/// Lines and columns count from 1. Columns count Unicode scalars, as editors and compilers print them, not bytes.
package struct SourceSpan: Equatable, Hashable, Sendable {
  private let startLine: Int32
  private let startColumn: Int32
  private let lastLine: Int32
  private let lastColumn: Int32

  package init(line: Int, column: Int, endLine: Int, endColumn: Int) {
    startLine = Int32(clamping: line)
    startColumn = Int32(clamping: column)
    lastLine = Int32(clamping: endLine)
    lastColumn = Int32(clamping: endColumn)
  }

  /// `length` characters within one line.
  package init(line: Int, column: Int, length: Int = 1) {
    self.init(line: line, column: column, endLine: line, endColumn: column + length)
  }

  package var line: Int { Int(startLine) }
  package var column: Int { Int(startColumn) }
  package var endLine: Int { Int(lastLine) }
  package var endColumn: Int { Int(lastColumn) }

  /// The number of characters to underline: at least 1, and 1 where the span leaves its first line.
  package var length: Int { startLine == lastLine ? max(1, Int(lastColumn - startColumn)) : 1 }

  /// The span's first character alone.
  package var start: SourceSpan { SourceSpan(line: line, column: column) }

  /// `length` characters that begin `offset` characters into this span.
  package func part(offset: Int, length: Int) -> SourceSpan {
    SourceSpan(line: line, column: column + offset, length: length)
  }

  /// The span in the file that it is a span of.
  package func inFile(_ file: String) -> SourceMark { SourceMark(file: file, span: self) }
}

/// A span of characters in a file.
package struct SourceMark: Equatable, Hashable, Sendable {
  /// The file as its user named it; not necessarily an absolute path.
  package let file: String
  package let span: SourceSpan

  package init(file: String, span: SourceSpan) {
    self.file = file
    self.span = span
  }

  /// `length` characters within one line.
  package init(file: String, line: Int, column: Int, length: Int = 1) {
    self.init(file: file, span: SourceSpan(line: line, column: column, length: length))
  }

  package var line: Int { span.line }
  package var column: Int { span.column }
  package var length: Int { span.length }
}

extension SourceMark: CustomStringConvertible {
  /// `file:line:column`, the form that editors and terminals turn into a link.
  package var description: String { "\(file):\(line):\(column)" }
}

extension SourceSpan: Comparable {
  /// Orders by where spans begin.
  package static func < (one: SourceSpan, other: SourceSpan) -> Bool {
    (one.startLine, one.startColumn) < (other.startLine, other.startColumn)
  }
}
