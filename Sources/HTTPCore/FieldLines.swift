// The field lines of a head. An array of their own, because a parser fills it again with every head: it counts what is
// in use, and what a longer head has left behind stays as room.

package struct FieldLines: RandomAccessCollection, Equatable, Sendable {
  package private(set) var count = 0
  private var lines: [RequestHead.FieldPosition] = []

  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  package subscript(position: Int) -> RequestHead.FieldPosition {
    precondition(position < count, "there are \(count) field lines")
    return lines[position]
  }

  package static func == (left: FieldLines, right: FieldLines) -> Bool { left.elementsEqual(right) }

  @inline(__always)
  mutating func append(_ line: RequestHead.FieldPosition) {
    if count < lines.count { lines[count] = line } else { lines.append(line) }
    count &+= 1
  }

  mutating func removeAll() { count = 0 }
}
