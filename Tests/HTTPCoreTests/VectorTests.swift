import Foundation
import Testing
import VectorSupport

@Suite struct VectorTests {
  @Test func `there is at least one vector for each rule`() {
    #expect(Vector.all.count >= 150)
    #expect(Set(Vector.all.map(\.description)).count == Vector.all.count, "titles must be unique within a file")
  }

  @Test(arguments: Vector.all) func `whole`(_ vector: Vector) {
    #expect(VectorRunner.events(of: [vector.bytes[...]]) == vector.events)
  }

  @Test(arguments: Vector.all) func `octet by octet`(_ vector: Vector) {
    let pieces = vector.bytes.indices.map { vector.bytes[$0...$0] }
    #expect(VectorRunner.events(of: pieces) == vector.events)
  }

  /// Long vectors are about limits and consist of one octet repeated: there a stride finds what every split would.
  @Test(arguments: Vector.all) func `in two pieces, split everywhere`(_ vector: Vector) {
    let bytes = vector.bytes
    let stride = bytes.count <= 512 ? 1 : bytes.count / 61
    for split in Swift.stride(from: 1, to: bytes.count, by: stride) {
      let events = VectorRunner.events(of: [bytes[..<split], bytes[split...]])
      #expect(events == vector.events, "split at \(split)")
      if events != vector.events { return }
    }
  }
}
