// Real nginx, in front of the daemon or behind it, on a loopback port, with no privilege and no file outside of the test's directory.

import Foundation

final class Nginx: Sendable {
  let port: Int
  let directory: TemporaryDirectory
  let process: ChildProcess

  /// - Parameters:
  ///   - http: what goes into the `http` block; `{port}` is the port to listen on.
  init(http: String, workerConnections: Int = 1_024) throws {
    port = try freePort()
    directory = try TemporaryDirectory()
    // One process and no master: it is stopped by stopping it. The error log tells of the configuration.
    let file = try directory.write(
      """
      daemon off;
      master_process off;
      pid \(directory.file("nginx.pid"));
      error_log stderr notice;
      events { worker_connections \(workerConnections); }
      http {
        access_log off;
        client_body_temp_path \(directory.file("body"));
        proxy_temp_path \(directory.file("proxy"));
        fastcgi_temp_path \(directory.file("fastcgi"));
        uwsgi_temp_path \(directory.file("uwsgi"));
        scgi_temp_path \(directory.file("scgi"));
        types { text/html html htm; text/css css; application/json json; image/svg+xml svg; }
        default_type application/octet-stream;
        \(http.replacingOccurrences(of: "{port}", with: "127.0.0.1:\(port)"))
      }
      """, to: "nginx.conf")
    process = try ChildProcess([try Nginx.program(), "-c", file, "-p", directory.path, "-e", "stderr"])
    let started = process
    let port = port
    guard eventually({ started.hasExited || (try? RawClient(port: port)) != nil }), !process.hasExited else {
      throw HarnessError("nginx did not start\n\(process.standardError)")
    }
  }

  /// A site of config/nginx/, with its upstream's address and its port replaced.
  convenience init(site: String, upstream: String, replacing original: String) throws {
    let text = try Nginx.text(of: site)
    guard text.contains(original), text.contains("listen 80;") else { throw HarnessError("\(site) does not name \(original) and port 80") }
    try self.init(
      http: text.replacingOccurrences(of: original, with: upstream).replacingOccurrences(of: "listen 80;", with: "listen {port};")
        .replacingOccurrences(of: "listen [::]:80;", with: ""))
  }

  /// A file of config/nginx/, with the one it includes named by its whole path.
  static func text(of site: String) throws -> String {
    let folder = "\(repository)/config/nginx"
    return try String(contentsOfFile: "\(folder)/\(site)", encoding: .utf8)
      .replacingOccurrences(of: "include proxy-headers.conf;", with: "include \(folder)/proxy-headers.conf;")
  }

  /// Serves a directory as it is, for the daemon to record.
  static func serving(_ root: String) throws -> Nginx {
    try Nginx(http: "server { listen {port}; root \(root); index index.html; }")
  }

  func stop() throws {
    process.signal(SIGTERM)
    try process.waitForExit()
  }

  private static func program() throws -> String {
    guard let path = Requirement.path(of: "nginx") else { throw HarnessError("nginx is not installed") }
    return path
  }
}

/// Where the sources of this package are.
let repository: String = {
  var path = #filePath as NSString
  for _ in 0..<4 { path = path.deletingLastPathComponent as NSString }
  return path as String
}()
