import Glibc
import Testing

@testable import Reactor

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1", 80 as UInt16, "127.0.0.1:80"), ("::1", 8080, "[::1]:8080"), ("", 0, "[::]:0"), ("2001:db8::5", 443, "[2001:db8::5]:443"),
  ])
  func `an Internet address reads and prints`(text: String, port: UInt16, printed: String) throws {
    let address = try #require(SocketAddress(text, port: port))
    #expect(address.description == printed)
    #expect(address.port == Int(port))
    #expect(address.unixPath == nil)
  }

  @Test(arguments: ["127.0.0.1", "192.0.2.7", "2001:db8::5", "::"])
  func `an address is made of its bytes again`(text: String) throws {
    let address = try #require(SocketAddress(text, port: 80))
    #expect(address.withAddressBytes { Array($0) } == address.addressBytes)
    #expect(SocketAddress(addressBytes: address.addressBytes) == SocketAddress(text, port: 0))
    #expect(SocketAddress(addressBytes: [])?.unixPath == "" && SocketAddress(addressBytes: [1, 2, 3]) == nil)
  }

  @Test func `an address of one link prints the name of its interface, by whichever it was named`() throws {
    let number = if_nametoindex("lo")
    for zone in ["lo", "\(number)"] {
      #expect(try #require(SocketAddress("fe80::1%\(zone)", port: 80)).description == "[fe80::1%lo]:80")
    }
    #expect(try #require(SocketAddress("fe80::1%4294967295", port: 80)).host == "fe80::1%4294967295")
  }

  @Test(arguments: ["localhost", "1.2.3", "1.2.3.4.5", "::g", "fe80::1%nosuchlink", "[::1]", " 127.0.0.1"])
  func `what is no address is refused`(text: String) {
    #expect(SocketAddress(text, port: 1) == nil)
  }

  @Test func `a Unix path is at most 107 bytes`() throws {
    let longest = String(repeating: "p", count: 107)
    #expect(try #require(SocketAddress(unixPath: longest)).description == "unix:" + longest)
    #expect(SocketAddress(unixPath: longest + "p") == nil)
    #expect(SocketAddress(unixPath: "a\0b") == nil)
  }

  @Test func `an address survives the way through the kernel's form`() throws {
    for address in [
      try #require(SocketAddress("192.0.2.7", port: 65_535)), try #require(SocketAddress("2001:db8::7", port: 1)),
      try #require(SocketAddress(unixPath: "/run/x.sock")),
    ] {
      let copy = try address.withSockaddr { pointer, length in
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(length))) }
        return SocketAddress(storage, length: length)
      }
      #expect(copy == address)
    }
  }

  @Test(arguments: ["0.0.0.0", "127.0.0.1", "10.200.30.4", "255.255.255.255", "100.99.9.10"])
  func `an address of IPv4 is appended as it is spelled`(host: String) throws {
    var octets = Array("at ".utf8)
    #expect(try #require(SocketAddress(host, port: 80)).appendIPv4Host(to: &octets))
    #expect(octets == Array("at \(host)".utf8))
  }

  @Test func `no other address is`() throws {
    var octets: [UInt8] = []
    for address in [SocketAddress("::1", port: 80), SocketAddress(unixPath: "/a")] {
      #expect(try #require(address).appendIPv4Host(to: &octets) == false)
    }
    #expect(octets.isEmpty)
  }
}
