import HTTPCore
import Testing

@Suite struct ByteRangesTests {
  @Test(arguments: [
    // RFC 9110 §14.1.2, on a representation of 10000 octets.
    ("bytes=0-499", [Int64(0)..<500]), ("bytes=500-999", [500..<1000]), ("bytes=-500", [9500..<10000]), ("bytes=9500-", [9500..<10000]),
    ("bytes=0-0,-1", [0..<1, 9999..<10000]), ("bytes= 0-0, -2", [0..<1, 9998..<10000]),
    ("bytes= 0-999, 4500-5499, -1000", [0..<1000, 4500..<5500, 9000..<10000]),
    ("bytes=500-600,601-999", [500..<601, 601..<1000]), ("bytes=500-700,601-999", [500..<701, 601..<1000]),
    // At the ends.
    ("bytes=0-", [0..<10000]), ("bytes=0-9999", [0..<10000]), ("bytes=0-10000", [0..<10000]), ("bytes=9999-", [9999..<10000]),
    ("bytes=-10000", [0..<10000]), ("bytes=-10001", [0..<10000]), ("bytes=0-99999999999999999999", [0..<10000]),
    ("bytes=0-9223372036854775807", [0..<10000]), ("bytes=-99999999999999999999", [0..<10000]),
    // What cannot be satisfied is left out as long as something can.
    ("bytes=0-1,20000-", [0..<2]), ("bytes=-0,5-6", [5..<7]),
    // Latitude of lists and units.
    ("BYTES=0-1", [0..<2]), ("bytes=,0-1,,\t2-3 ,", [0..<2, 2..<4]), ("bytes=5-6,0-1", [5..<7, 0..<2]), ("bytes=000-001", [0..<2]),
  ]) func `ranges are resolved against the size`(_ value: String, _ ranges: [Range<Int64>]) {
    #expect(ByteRanges.parse(value, size: 10000) == .ranges(ranges))
  }

  @Test(arguments: ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999-", "bytes=10000-,-0"])
  func `ranges beyond the end cannot be satisfied`(_ value: String) {
    #expect(ByteRanges.parse(value, size: 10000) == .unsatisfiable)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=1", "bytes=-", "bytes=5-4", "bytes=0-1,x", "bytes=0-1,5-4", "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=1 -2", "bytes=0-1;2-3", "bytes =0-1", "items=0-1", "=0-1", "bytes=--1", "bytes=1.0-2",
  ]) func `what is not a set of byte ranges is ignored`(_ value: String) {
    #expect(ByteRanges.parse(value, size: 10000) == .ignore)
  }

  @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-0", "bytes=-5", "bytes=0-0,-5", "bytes=5-", "bytes=0-0,1-1", "x"])
  func `nothing has one answer, whatever the range`(_ value: String) {
    #expect(ByteRanges.parse(value, size: 0) == .ignore)
  }

  @Test func `a set of many ranges is ignored`() {
    func set(_ count: Int) -> String { "bytes=" + (0..<count).map { "\($0 * 10)-\($0 * 10)" }.joined(separator: ",") }
    #expect(ByteRanges.parse(set(16), size: 10000) != .ignore)
    #expect(ByteRanges.parse(set(17), size: 10000) == .ignore)
    #expect(ByteRanges.parse(set(2), size: 10000, limit: 1) == .ignore)
  }

  @Test func `a set in which more than two ranges overlap is ignored`() {
    #expect(ByteRanges.parse("bytes=0-9,5-14", size: 100) == .ranges([0..<10, 5..<15]))
    #expect(ByteRanges.parse("bytes=0-9,5-14,10-19", size: 100) == .ignore)
    #expect(ByteRanges.parse("bytes=0-,0-,0-", size: 100) == .ignore)
    #expect(ByteRanges.parse("bytes=0-99,10-10,90-90", size: 100) == .ignore)
  }

  @Test func `a part says where it belongs`() {
    #expect(ByteRanges.contentRange(0..<500, size: 1234) == "bytes 0-499/1234")
    #expect(ByteRanges.contentRange(734..<1234, size: 1234) == "bytes 734-1233/1234")
    #expect(ByteRanges.unsatisfiedContentRange(size: 1234) == "bytes */1234")
  }
}
