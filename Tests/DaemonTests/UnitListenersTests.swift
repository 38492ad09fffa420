import Foundation
import HTTPRoutes
import Testing

@testable import asynchttpd

@Suite struct ListenersTests {
  func messages(_ addresses: [ListenAddress], inherited: [ServiceManager.InheritedSocket] = []) -> [String] {
    let opener = ListenerOpener(inherited: inherited, current: [], origin: "--listen")
    switch opener.open(addresses.map { ListenSettings($0) }) {
    case .success: return []
    case .failure(let failure): return failure.diagnostics.map { $0.render() }
    }
  }

  @Test func `every address that fails has its sentence, and none stays open`() throws {
    let occupied = try Listener()
    let port = UInt16(occupied.port)
    let free = UInt16(try freePort())
    let messages = messages([.tcp(host: "127.0.0.1", port: free), .tcp(host: "127.0.0.1", port: port), .systemd(name: "http")])
    #expect(messages.count == 2)
    #expect(
      messages.first
        == "--listen: error: listen: cannot listen on 127.0.0.1:\(port): port \(port) is in use by another process; "
        + "choose another address or stop it")
    #expect(messages.last?.contains("systemd passed no sockets") == true)
    // The one that could be opened is closed again.
    #expect(self.messages([.tcp(host: "127.0.0.1", port: free)]) == [])
  }

  @Test func `the names that systemd passed are listed`() {
    let sockets = [(3, "web"), (4, "admin"), (5, "web")].map { ServiceManager.InheritedSocket(name: $1, descriptor: Int32($0)) }
    #expect(messages([.systemd(name: "http")], inherited: sockets).first?.contains("only admin, web;") == true)
  }

  @Test func `an address of no interface and a directory that is not there are named`() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.file("nowhere/http.sock")
    let messages = messages([.tcp(host: "192.0.2.1", port: 0), .unix(path: missing)])
    #expect(messages.first?.contains("no interface of this machine") == true)
    #expect(messages.last?.contains(missing) == true)
  }

  @Test func `anybody may connect to a Unix socket whose directory lets them`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("http.sock")
    let opened = try ListenerOpener(inherited: [], current: [], origin: "").open([ListenSettings(.unix(path: path))]).get()
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o666)
    _ = opened
  }
}
