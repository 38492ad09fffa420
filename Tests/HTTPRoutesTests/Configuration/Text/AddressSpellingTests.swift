import HTTPRoutes
import Testing

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)),
    ("0.0.0.0:0", .tcp(host: "0.0.0.0", port: 0)),
    ("[::1]:8080", .tcp(host: "::1", port: 8080)),
    ("*:80", .tcp(host: "", port: 80)),
    (":80", .tcp(host: "", port: 80)),
    ("localhost:65535", .tcp(host: "127.0.0.1", port: 65535)),
    ("[fe80::1%eth0]:8080", .tcp(host: "fe80::1%eth0", port: 8080)),
    ("[FEBF::1%2]:80", .tcp(host: "FEBF::1%2", port: 80)),
    ("unix:/run/http.sock", .unix(path: "/run/http.sock")),
    ("systemd:http", .systemd(name: "http")),
  ])
  func `an address is read`(text: String, address: ListenAddress) throws {
    #expect(try ListenAddress(parsing: text) == address)
  }

  @Test(arguments: ["127.0.0.1:8080", "[::1]:8080", "[fe80::1%eth0]:8080", "*:80", "unix:/run/http.sock", "systemd:http"])
  func `an address is spelled as it is read`(text: String) throws {
    #expect(try ListenAddress(parsing: text).description == text)
  }

  @Test(arguments: [
    ("8080", #"a port needs an address: 127.0.0.1:8080 for this machine alone, "*:8080" for every interface"#),
    ("127.0.0.1", #""127.0.0.1" needs a port: 127.0.0.1:8080"#),
    ("127.0.0.1:", #"expected an address such as 127.0.0.1:8080, found "127.0.0.1:""#),
    ("127.0.0.1:65536", "the port 65536 is larger than 65535"),
    ("127.0.0.1:-1", #"expected an address such as 127.0.0.1:8080, found "127.0.0.1:-1""#),
    ("1.2.3:80", #""1.2.3" is not an IP address; names are not resolved"#),
    ("::1", #"an IPv6 address stands in brackets and needs a port: "[::1]:8080""#),
    ("2001:db8::5:80", #"an IPv6 address stands in brackets: "[2001:db8::5]:80""#),
    ("[127.0.0.1]:80", #""127.0.0.1" is not an IPv6 address"#),
    ("unix:", #""unix:" needs the path of a socket: unix:/run/asynchttpd/http.sock"#),
    ("systemd:", #""systemd:" needs the FileDescriptorName of a socket unit: systemd:http"#),
    ("systemd:a b", #""systemd:" needs the FileDescriptorName of a socket unit: systemd:http"#),
    ("", #"expected an address such as 127.0.0.1:8080, found """#),
    ("*", #""*" needs a port: "*:8080""#), ("localhost", #""localhost" needs a port: localhost:8080"#),
    ("[::1]", #""[::1]" needs a port: "[::1]:8080""#),
    ("/run/http.sock", #"the path of a socket begins with unix: write "unix:/run/http.sock""#),
    ("http://127.0.0.1:8080/", "an address has no scheme and no path: write 127.0.0.1:8080"),
    ("127.0.0.1%lo:80", #""127.0.0.1%lo" is not an IP address; names are not resolved"#),
    ("fe80::1%eth0:80", #"an IPv6 address stands in brackets: "[fe80::1%eth0]:80""#),
    ("[fe80::1]:80", #"a link-local address needs its interface: "[fe80::1%eth0]:80""#),
    ("[fe80::1%]:80", #"the zone of "fe80::1%" is not the name of an interface: "[fe80::1%eth0]:80""#),
    ("[::1%lo]:80", #""::1%lo" has a zone, which only a link-local address (fe80::/10) has: "[::1]:80""#),
  ])
  func `what is no address says what one looks like`(text: String, message: String) {
    #expect(throws: Refusal(message)) { try ListenAddress(parsing: text) }
  }

  @Test func `an address without a host says that it is every interface`() {
    let warning = #"":8080" listens on every interface; write "*:8080" if that is meant, 127.0.0.1:8080 for this machine alone"#
    #expect(ListenAddress.warning(of: ":8080") == warning)
    for text in ["*:8080", "0.0.0.0:8080", "[::]:8080", "127.0.0.1:8080"] { #expect(ListenAddress.warning(of: text) == nil) }
  }
}

@Suite struct TrustedProxyTests {
  @Test(arguments: [
    ("127.0.0.1", [127, 0, 0, 1], 32, false), ("10.0.0.0/8", [10, 0, 0, 0], 8, false), ("10.1.2.3/12", [10, 0, 0, 0], 12, true),
    ("0.0.0.0/0", [0, 0, 0, 0], 0, false), ("255.255.255.255/31", [255, 255, 255, 254], 31, true),
    ("fd00::/8", [0xFD] + [UInt8](repeating: 0, count: 15), 8, false), ("[::1]", [UInt8](repeating: 0, count: 15) + [1], 128, false),
  ])
  func `a network keeps the bits of its prefix`(text: String, bytes: [UInt8], prefix: Int, hasHostBits: Bool) throws {
    let parsed = try TrustedProxy.parse(text)
    #expect(parsed.proxy == .cidr(bytes: bytes, prefix: prefix))
    #expect(parsed.hasHostBits == hasHostBits)
  }

  @Test func `the peers of a UNIX domain socket are one network`() throws {
    #expect(try TrustedProxy.parse("unix").proxy == .unix)
  }

  @Test(arguments: ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8/8", "proxy", ""])
  func `what is no network is refused`(text: String) {
    #expect(throws: Refusal.self) { try TrustedProxy.parse(text) }
  }
}
