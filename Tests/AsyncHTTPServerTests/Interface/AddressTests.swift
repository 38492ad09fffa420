import AsyncHTTPServer
import Testing

/// Where a server listens, and how a client finds it.
@Suite struct AddressTests {
  @Test func `a port alone is one of loopback`() throws {
    let server = AsyncHTTPServer(configuration: .forTests)
    #expect(server.url == nil)
    let address = try server.listen(port: 0)
    let port = try #require(address.port)
    #expect("\(address)" == "127.0.0.1:\(port)")
    #expect(server.url == "http://127.0.0.1:\(port)")
    server.close()
    #expect(server.url == nil)
  }

  @Test(arguments: [
    ("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80"), ("", "http://127.0.0.1:80"), ("::", "http://127.0.0.1:80"),
    ("0.0.0.0", "http://127.0.0.1:80"), ("192.0.2.7", "http://192.0.2.7:80"),
  ])
  func `an address has a URL that a client can use`(text: String, url: String) throws {
    #expect(try #require(SocketAddress(text, port: 80)).url == url)
  }

  @Test func `a path has none`() throws {
    #expect(try #require(SocketAddress(unixPath: "/run/x.sock")).url == nil)
  }
}
