// A file system of its own, in memory, for as long as the test holds it.

import Foundation

final class SmallDisk: Sendable {
  private let path: String

  init(at path: String, size: String) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Self.mount(["-t", "tmpfs", "-o", "size=\(size)", "asynchttpd-test", path])
  }

  deinit { _ = try? run(["umount", "--lazy", path]) }

  func remount(_ options: String) throws { try Self.mount(["-o", "remount,\(options)", path]) }

  func contains(_ file: String) throws -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(file)") }

  private static func mount(_ arguments: [String]) throws {
    let (exit, _, error) = try run(["mount"] + arguments)
    guard exit == .code(0) else { throw HarnessError("mount: \(error)") }
  }
}
