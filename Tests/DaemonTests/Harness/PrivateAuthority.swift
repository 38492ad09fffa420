// A certificate authority nobody knows, and a certificate of its for 127.0.0.1, made by openssl(1) for one test.

import Foundation

final class PrivateAuthority: Sendable {
  let directory: TemporaryDirectory
  var authorityFile: String { directory.file("ca.pem") }
  var certificateFile: String { directory.file("server.pem") }
  var keyFile: String { directory.file("server.key") }

  init() throws {
    directory = try TemporaryDirectory()
    try directory.write("subjectAltName=IP:127.0.0.1\n", to: "san")
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(["req", "-x509", "-subj", "/CN=Private CA", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"] + key)
    try openssl(["req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"] + key)
    try openssl([
      "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san", "-out",
      "server.pem",
    ])
  }

  private func openssl(_ arguments: [String]) throws {
    let process = try ChildProcess(["openssl"] + arguments, directory: directory.path)
    guard try process.waitForExit() == .code(0) else { throw HarnessError("openssl: \(process.standardError)") }
  }
}
