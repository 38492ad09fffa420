// What the compiler says of mistakes inside a handler. It has to be the mistake, and where it is.

import Foundation
import Testing

@Suite struct DiagnosticsTests {
  /// Handlers with one mistake each; a line that has one ends in what the compiler is to say of it.
  private static let handlers = #"""
    import AsyncHTTPServer

    func wrong(_ server: AsyncHTTPServer) async throws {
      try await server.serve(port: 0) { request in
        let count: Int = request.path  // cannot convert value of type 'String' to specified type 'Int'
        try await request.respond(.ok, "\(count)")
      }
      try await server.serve(port: 0) { request in
        try await request.respnd()  // value of type 'Request' has no member 'respnd'
      }
      try await server.serve { request in
        let next = request.path + 1  // binary operator '+' cannot be applied to operands of type 'String' and 'Int'
        return .text("\(next)")
      }
      try await server.acceptRequest { request in
        try await request.respond("ok", "x")  // cannot convert value of type 'String' to expected argument type 'HTTPResponse.Status'
      }
    }
    """#

  @Test func `a mistake inside a handler is said where it is`() throws {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let products = URL(fileURLWithPath: tests).deletingLastPathComponent()
    let scratch = products.deletingLastPathComponent().deletingLastPathComponent()
    let source = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).swift")
    try Self.handlers.write(to: source, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: source) }

    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = [
      "swiftc", "-typecheck", "-swift-version", "6", "-diagnostic-style", "llvm", "-I", products.path + "/Modules",
      "-Xcc", "-fmodule-map-file=\(products.path)/CLinux.build/module.modulemap",
      "-Xcc", "-fmodule-map-file=\(scratch.path)/checkouts/swift-system/Sources/CSystem/include/module.modulemap", source.path,
    ]
    let output = Pipe()
    compiler.standardError = output
    try compiler.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    compiler.waitUntilExit()

    let said = text.components(separatedBy: "\n").filter { $0.hasPrefix(source.path) && $0.contains(": error: ") }
    let expected = Self.handlers.components(separatedBy: "\n").enumerated().compactMap { index, line in
      line.firstRange(of: "  // ").map { (line: index + 1, text: line[$0.upperBound...]) }
    }
    #expect(said.count == expected.count, "\(text)")
    for (said, expected) in zip(said, expected) {
      #expect(said.hasPrefix("\(source.path):\(expected.line):") && said.hasSuffix(": error: \(expected.text)"), "\(said)")
    }
  }
}
