import Foundation
import Reactor
import Testing

extension BlackBox {
  /// What a crowd or a large configuration has used is the system's again once they are gone.
  @Suite struct MemoryTests {
    /// Bytes, as a process at rest moves by.
    static let slack = 6 << 20

    @Test func `the memory of a configuration that is gone comes back`() throws {
      let port = try freePort()
      func configuration(_ routes: Int) -> String {
        "listen: [127.0.0.1:\(port)]\nworkers: 1\nroutes:\n  - {path: /a, text: a}\n"
          + (0..<routes).map { "  - {path: /route/\($0), json: {id: \($0), name: item}}\n" }.joined()
      }
      let daemon = try DaemonProcess(configuration(8_000), in: TemporaryDirectory())
      let large = daemon.process.residentBytes
      try daemon.rewrite(configuration(0))
      try daemon.reload()
      #expect(eventually { daemon.process.residentBytes < large - Self.slack }, "\(daemon.process.residentBytes) of \(large)")
      let small = daemon.process.residentBytes
      for routes in [8_000, 0] {
        try daemon.rewrite(configuration(routes))
        try daemon.reload()
      }
      #expect(eventually { daemon.process.residentBytes < small + Self.slack }, "\(daemon.process.residentBytes), before \(small)")
      #expect(try daemon.stop() == .code(0))
    }

    @Test(.enabled(if: Requirement.hardDescriptorLimit >= 4_000, "needs a hard limit of 4,000 descriptors"))
    func `the memory of a crowd of slow heads that has gone comes back`() throws {
      ProcessDescriptors.raiseSoftLimit()
      let port = try freePort()
      let daemon = try DaemonProcess(
        "listen: [127.0.0.1:\(port)]\nworkers: 1\nroutes:\n  - {path: /a, text: a}\n", in: TemporaryDirectory(), openFiles: 4_000)
      func answer() throws {
        let client = try RawClient(port: port)
        try client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = try client.receive()
      }
      try answer()
      let atRest = daemon.process.residentBytes
      var crowd: [RawClient] = []
      for _ in 0..<2_000 { crowd.append(try RawClient(port: port)) }
      // In steps, so that what each connection holds grows beside that of the others.
      try crowd.forEach { try $0.send("GET /a HTTP/1.1\r\nHost: a\r\n") }
      for number in 0..<30 {
        try crowd.forEach { try $0.send("X-\(number): \(String(repeating: "a", count: 1000))\r\n") }
      }
      #expect(eventually { daemon.process.residentBytes > atRest + 2_000 * 30_000 })
      crowd = []
      #expect(eventually { daemon.process.residentBytes < atRest + Self.slack }, "\(daemon.process.residentBytes), before \(atRest)")
      try answer()
      #expect(try daemon.stop() == .code(0))
    }
  }
}
