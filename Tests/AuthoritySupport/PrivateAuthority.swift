// A certificate authority nobody knows, and a certificate of its for 127.0.0.1, made by openssl(1) for one test.

import Foundation

/// Removed with its files when the test lets go of it.
package final class PrivateAuthority: Sendable {
  /// Servers that run as another user read and traverse it.
  package let directory: String
  package var authorityFile: String { directory + "/ca.pem" }
  package var certificateFile: String { directory + "/server.pem" }
  package var keyFile: String { directory + "/server.key" }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package init() throws {
    directory = (NSTemporaryDirectory() as NSString).appendingPathComponent("asynchttpd-authority-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    try Data("subjectAltName=IP:127.0.0.1\n".utf8).write(to: URL(fileURLWithPath: directory + "/san"))
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(["req", "-x509", "-subj", "/CN=Private CA", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"] + key)
    try openssl(["req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"] + key)
    try openssl([
      "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san", "-out",
      "server.pem",
    ])
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: "openssl \(arguments[0]): \(text)") }
  }
}
