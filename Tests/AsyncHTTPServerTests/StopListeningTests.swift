import AsyncHTTPServer
import Foundation
import Testing

@Suite struct StopListeningTests {
  /// Connects to a port of the loopback interface.
  func connected(to port: Int) throws -> FileHandle {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    try #require(result == 0, "connect: \(String(cString: strerror(errno)))")
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  @Test func `a connection that waits to be accepted when its listener goes is served`() async throws {
    var configuration = ServerConfiguration()
    configuration.workers = 1
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let port = try #require(address.port)
    let entered = DispatchSemaphore(value: 0)
    let leave = DispatchSemaphore(value: 0)
    async let serving: Void = server.serve { request in
      if request.target.path == "/block" {
        Self.hold(entered, leave)
      }
      try await request.respond(.ok, "served")
    }
    // The one thread stands still in a handler, so that the order of what happens to it meanwhile is known.
    let first = try connected(to: port)
    try first.write(contentsOf: Data("GET /block HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
    await Task.detached { Self.wait(entered) }.value
    server.stopListening(on: address)
    let second = try connected(to: port)
    try second.write(contentsOf: Data("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
    leave.signal()
    let answer = try await Task.detached { try second.readToEnd() ?? Data() }.value
    #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\r\n\r\nserved"))
    await server.shutdown(gracePeriod: .seconds(10))
    try await serving
  }

  private static func hold(_ entered: DispatchSemaphore, _ leave: DispatchSemaphore) {
    entered.signal()
    leave.wait()
  }

  private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }
}
