// Programs/upstream.py and Programs/swarm.py: a server that behaves as it is told, and many clients at once.

import Foundation

enum Python {
  /// The command line of a program beside these tests.
  static func program(_ name: String, _ arguments: String...) -> [String] {
    ["python3", "\(repository)/Tests/DaemonTests/Programs/\(name)"] + arguments
  }
}

final class ScriptedUpstream: Sendable {
  let port: Int
  let process: ChildProcess

  init() throws {
    process = try ChildProcess(Python.program("upstream.py"))
    guard process.waitForOutput("\n", on: STDOUT_FILENO),
      let port = Int(process.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw HarnessError("the upstream did not start\n\(process.standardError)") }
    self.port = port
  }

  func stop() throws {
    process.signal(SIGKILL)
    try process.waitForExit()
  }
}

enum Crowd {
  /// What every client of a crowd was answered, one line for each path `PREFIX/N`: status, end-to-end fields, length and digest of the body.
  static func fetch(_ prefix: String, from first: Int = 0, count: Int, clients: Int, port: Int) throws -> [String] {
    let (exit, output, error) = try run(
      Python.program("swarm.py", "fetch", "\(port)", "\(clients)", prefix, "\(first)", "\(count)"), within: 10 * patience)
    guard exit == .code(0), error.isEmpty else { throw HarnessError("the crowd: \(exit) \(error.suffix(1_000))") }
    return output.split(separator: "\n").map(String.init)
  }
}
