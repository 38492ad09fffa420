import Foundation
import Testing

extension BlackBox {
  /// What config/nginx/ ships.
  @Suite(.enabled(if: Requirement.nginx && Requirement.curl, "needs nginx and curl")) struct NginxSitesTests {
    @Test(arguments: ["asynchttpd.conf", "asynchttpd-unix.conf", "asynchttpd-instances.conf"])
    func `nginx accepts the site`(_ site: String) throws {
      let directory = try TemporaryDirectory()
      let file = try directory.write(
        """
        error_log stderr;
        pid \(directory.file("nginx.pid"));
        events {}
        http {
          access_log off;
          \(try Nginx.text(of: site).replacingOccurrences(of: "listen [::]:80;", with: "").replacingOccurrences(of: "listen 80;", with: "listen 127.0.0.1:\(try freePort());"))
        }
        """, to: "nginx.conf")
      let result = try run([try #require(Requirement.path(of: "nginx")), "-t", "-c", file, "-p", directory.path, "-e", "stderr"])
      #expect(result.exit == .code(0), "\(result.error)")
    }

    /// An upstream that answers with what it was told, and counts the requests of a connection.
    static let echo = """
      server {
        listen {port};
        location / {
          default_type text/plain;
          return 200 "$http_host|$http_x_real_ip|$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_host|$http_forwarded|$server_protocol|$connection_requests\\n";
        }
      }
      """

    @Test func `the upstream is told who asked for what, over a connection that is kept`() throws {
      let upstream = try Nginx(http: Self.echo)
      let front = try Nginx(site: "asynchttpd.conf", upstream: "127.0.0.1:\(upstream.port)", replacing: "127.0.0.1:8080")
      let url = "http://127.0.0.1:\(front.port)/"
      let told = "staging.example.com:8000|127.0.0.1|192.0.2.7, 127.0.0.1|http|staging.example.com:8000||HTTP/1.1|"
      for request in 1...3 {
        let answer = try Curl.get(
          url, "-H", "Host: staging.example.com:8000", "-H", "X-Forwarded-For: 192.0.2.7", "-H", "Forwarded: for=198.51.100.1")
        #expect(answer.text == "\(told)\(request)\n")
      }
    }

    @Test func `an instance that is gone is left out`() throws {
      let directory = try TemporaryDirectory()
      let blue = "unix:\(directory.file("blue.sock"))"
      let upstream = try Nginx(http: Self.echo.replacingOccurrences(of: "listen {port};", with: "listen {port}; listen \(blue);"))
      var text = try Nginx.text(of: "asynchttpd-instances.conf")
      text.replace("unix:/run/asynchttpd-blue/http.sock", with: blue)
      text.replace("unix:/run/asynchttpd-green/http.sock", with: "unix:\(directory.file("green.sock"))")
      let front = try Nginx(
        http: text.replacingOccurrences(of: "listen [::]:80;", with: "").replacingOccurrences(of: "listen 80;", with: "listen {port};"))
      for _ in 0..<10 { #expect(try Curl.get("http://127.0.0.1:\(front.port)/").status == 200) }
      try upstream.stop()
    }
  }
}
