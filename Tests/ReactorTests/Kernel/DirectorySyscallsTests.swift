import Foundation
import Reactor
import SystemPackage
import Testing

@Suite struct DirectorySyscallsTests {
  private let root = NSTemporaryDirectory() + "directory-\(UUID().uuidString)"

  private func withRoot(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: root + "/below", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try Data().write(to: URL(fileURLWithPath: root + "/file"))
    try body()
  }

  @Test func `entries are what is there, and names have the dots too`() throws {
    try withRoot {
      let directory = try Syscalls.openDirectory(root)
      let entries = try Syscalls.entries(of: directory).sorted { $0.name < $1.name }
      #expect(entries.map(\.name) == ["below", "file"])
      #expect(entries.map(\.isDirectory) == [true, false])
      var names: [String] = []
      try Syscalls.forEachName(in: directory.rawValue) { name in
        names.append(String(cString: name))
        return true
      }
      #expect(names.sorted() == [".", "..", "below", "file"])
      var count = 0
      try Syscalls.forEachName(in: directory.rawValue) { _ in
        count += 1
        return count < 2
      }
      #expect(count == 2)
    }
  }

  @Test func `a real path has no links`() throws {
    try withRoot {
      try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "below/../file")
      #expect(try Syscalls.realPath(root + "/link") == Syscalls.realPath(root + "/file"))
      #expect(throws: Errno.noSuchFileOrDirectory) { try Syscalls.realPath(root + "/nothing") }
    }
  }

  @Test func `all of a text is written`() throws {
    try withRoot {
      let file = try Syscalls.open(root + "/file", flags: O_RDWR)
      let bytes = [UInt8](repeating: 7, count: 100_000)
      try bytes.withUnsafeBytes { try Syscalls.writeAll(file.rawValue, $0) }
      #expect(try Syscalls.readAll(file.rawValue, limit: 1 << 20) == bytes)
    }
  }
}
