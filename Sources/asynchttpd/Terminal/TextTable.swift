// Rows of cells as columns of text.

enum TextTable {
  /// Rows of columns, each as wide as its widest cell; the last is not padded.
  static func render(_ rows: [[String]]) -> String {
    var text = PaintedText(isPainted: false)
    append(rows, to: &text) { _, _ in nil }
    return text.text
  }

  /// The same with a paint for each cell.
  static func append(_ rows: [[String]], to text: inout PaintedText, paint: (_ row: Int, _ column: Int) -> Paint?) {
    guard let columns = rows.first?.count else { return }
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    for (number, row) in rows.enumerated() {
      for (column, cell) in row.enumerated() {
        text.append(cell, paint(number, column))
        if column < columns - 1 { text.append(String(repeating: " ", count: widths[column] - cell.count + 2)) }
      }
      text.append("\n")
    }
  }
}
