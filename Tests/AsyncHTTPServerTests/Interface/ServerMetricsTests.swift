import AsyncHTTPServer
import HTTPCore
import Testing

@Suite struct ServerMetricsTests {
  @Test func `octets of both directions are counted as they are on the wire, and connections that are kept`() async throws {
    let request = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    try await withServer { request in
      try await request.respond(.ok, .stream { try await $0.write("streamed") })
    } _: { server, address in
      let wire = try await Wire.connect(to: address)
      defer { wire.close() }
      try await wire.send(request)
      let first = try await wire.receive(through: "\r\n0\r\n\r\n")
      await waitFor("the connection to be kept") { server.metrics.keptConnections == 1 }
      try await wire.send(last)
      let second = try await wire.receiveAll()
      await waitFor("the end of the connection") { server.metrics.openConnections == 0 }
      let metrics = server.metrics
      #expect(metrics.receivedBytes == request.utf8.count + last.utf8.count)
      #expect(metrics.sentBytes == first.utf8.count + second.utf8.count)
      #expect(metrics.keptConnections == 1 && metrics.refusedConnections == 0 && !metrics.isGateShut)
      let descriptors = server.descriptors
      #expect(descriptors.limit == server.descriptorLimit && (descriptors.open ?? 1) > 0)
    }
  }
}
