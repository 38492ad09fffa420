import AuthoritySupport
import Foundation
import Reactor
import Testing

@testable import UpstreamClient

extension UpstreamClientTests {
  @Suite struct TLSUpstreamTests {
    @Test func `a private authority is trusted when its file is named, and only then`() async throws {
      let authority = try PrivateAuthority()
      let upstream = ScriptedUpstream(arguments: [authority.certificateFile, authority.keyFile])
      let url = "https://127.0.0.1:\(upstream.port)/plain"
      let response = try await withClient { client, _ in
        try await client.fetchAll(UpstreamRequest(url: url, caFile: authority.authorityFile))
      }
      #expect(response.text == "hello")

      let untrusted = await error(UpstreamRequest(url: url))
      guard case .tls(let name, let reason) = untrusted else {
        Issue.record("\(String(describing: untrusted))")
        return
      }
      #expect(name == "https://127.0.0.1:\(upstream.port)")
      #expect(!reason.isEmpty)
    }

    @Test func `a certificate of another name is refused`() async throws {
      let authority = try PrivateAuthority()
      let upstream = ScriptedUpstream(arguments: [authority.certificateFile, authority.keyFile])
      let misnamed = await error(UpstreamRequest(url: "https://localhost:\(upstream.port)/plain", caFile: authority.authorityFile))
      guard case .tls = misnamed else {
        Issue.record("\(String(describing: misnamed))")
        return
      }
    }

    @Test func `an authority file that cannot be read is a TLS error`() async throws {
      let unread = await error(UpstreamRequest(url: "https://127.0.0.1:1/", caFile: "/nonexistent/ca.pem"))
      // libcurl connects before it reads the file: nobody listens there, or the file is missing.
      switch unread {
      case .tls, .refused: break
      default: Issue.record("\(String(describing: unread))")
      }
    }

    @Test(.enabled(if: Nginx.isInstalled)) func `HTTP/2 is spoken where TLS offers it`() async throws {
      let authority = try PrivateAuthority()
      let nginx = try Nginx(
        directory: authority.directory,
        server: """
          listen unix:\(authority.directory)/ready;
          listen 127.0.0.1:PORT ssl http2;
          ssl_certificate \(authority.certificateFile);
          ssl_certificate_key \(authority.keyFile);
          location = /version { return 200 "$server_protocol"; }
          location / { root \(authority.directory); }
          """)
      let body = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
      try Data(body).write(to: URL(fileURLWithPath: authority.directory + "/object"))
      try await withClient { client, _ in
        let origin = "https://127.0.0.1:\(nginx.port)"
        let version = try await client.fetchAll(UpstreamRequest(url: origin + "/version", caFile: authority.authorityFile))
        #expect(version.httpVersion == "2")
        #expect(version.text == "HTTP/2.0")
        try await withThrowingTaskGroup { group in
          for _ in 0..<8 {
            group.addTask {
              try await client.fetchAll(UpstreamRequest(url: origin + "/object", caFile: authority.authorityFile)).body == body
            }
          }
          for try await isEqual in group { #expect(isEqual) }
        }
      }
    }

    private func error(_ request: UpstreamRequest) async -> UpstreamError? {
      do {
        _ = try await withClient { client, _ in try await client.fetchAll(request) }
        return nil
      } catch {
        return error as? UpstreamError
      }
    }
  }
}

/// An nginx of the test's own, unprivileged, on a port that was free a moment before.
private final class Nginx: Sendable {
  let port: Int
  private let process: Process

  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx")

  init(directory: String, server: String) throws {
    let socket = try Syscalls.socket(family: AF_INET)
    try Syscalls.bind(socket.rawValue, SocketAddress("127.0.0.1", port: 0)!)
    port = try #require(try Syscalls.localAddress(socket.rawValue).port)
    socket.close()
    let configuration = """
      daemon off; master_process off; pid \(directory)/nginx.pid; error_log stderr crit;
      events {}
      http { access_log off; client_body_temp_path \(directory)/t1; proxy_temp_path \(directory)/t2; fastcgi_temp_path \(directory)/t3;
      uwsgi_temp_path \(directory)/t4; scgi_temp_path \(directory)/t5;
      server { \(server.replacingOccurrences(of: "PORT", with: "\(port)")) } }
      """
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: directory + "/nginx.conf"))
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
    process.arguments = ["-p", directory, "-c", directory + "/nginx.conf", "-e", "stderr"]
    try process.run()
    // The pid file comes after the listening sockets.
    let deadline = Date(timeIntervalSinceNow: 30)
    while !FileManager.default.fileExists(atPath: directory + "/nginx.pid"), Date() < deadline { sched_yield() }
  }

  deinit {
    // Foundation starts processes with SIGTERM blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
