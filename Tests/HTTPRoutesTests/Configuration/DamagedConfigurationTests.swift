// Whatever a file contains, loading it ends, and ends in settings or in errors that can be shown.

import Foundation
import HTTPRoutes
import Testing

@Suite struct DamagedConfigurationTests {
  private static let reference =
    (try? Data(contentsOf: Fixtures.repository.appending(path: "config/asynchttpd.yaml"))).map { Array($0) } ?? []

  private func check(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
    let name = Fixtures.repository.appending(path: "config/damaged.yaml").path
    let result = SettingsLoader.load(text: String(decoding: bytes, as: UTF8.self), fileName: name, environment: [:])
    #expect((result.settings == nil) == result.hasErrors, sourceLocation: sourceLocation)
    for diagnostic in result.diagnostics {
      #expect(diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.length >= 1, sourceLocation: sourceLocation)
      let text = diagnostic.render()
      #expect(text.hasPrefix("\(name):\(diagnostic.line):\(diagnostic.column): "), sourceLocation: sourceLocation)
      #expect(diagnostic.severity == .warning || text.contains("^"), sourceLocation: sourceLocation)
    }
  }

  @Test func `a file that ends too soon`() {
    #expect(!Self.reference.isEmpty)
    for end in stride(from: 0, to: Self.reference.count, by: 127) { check(Array(Self.reference[..<end])) }
  }

  @Test(arguments: Array("{}[]:-,&*!|>'\"%@`#?~\t\n $<.0".utf8) + [0x00, 0x07, 0x7F, 0xC3, 0xFF])
  func `a file with a wrong byte`(byte: UInt8) {
    var start = Int(byte) * 7
    while start < Self.reference.count {
      var bytes = Self.reference
      bytes[start] = byte
      check(bytes)
      start += 2003
    }
  }

  @Test func `a file without one of its lines`() {
    let lines = Self.reference.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for index in lines.indices where lines[index].contains(where: { $0 != 0x20 && $0 != UInt8(ascii: "#") }) {
      var rest = lines
      rest.remove(at: index)
      check(Array(rest.joined(separator: [UInt8(ascii: "\n")])))
    }
  }
}
