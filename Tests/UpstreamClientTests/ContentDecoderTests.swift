import Reactor
import Testing

@testable import UpstreamClient

extension UpstreamClientTests {
  @Suite struct ContentDecoderTests {
    private static let text = String(repeating: "one and two and three, ", count: 9)

    private func coded(_ name: String) async throws -> (text: String, isDecoded: Bool) {
      var request = UpstreamRequest(url: ScriptedUpstream.plain.url("/coded/\(name)"), decodesContent: true)
      request.decodesContent = true
      let sent = request
      return try await withClient { client, _ in
        let exchange = try await client.fetch(sent)
        var body: [UInt8] = []
        while let chunk = try await exchange.nextChunk() { body += chunk }
        return (String(decoding: body, as: UTF8.self), exchange.isDecoded)
      }
    }

    @Test(arguments: ["gzip", "x-gzip", "deflate", "raw-deflate", "members"])
    func `gzip and deflate are decoded, in one stream or several`(_ name: String) async throws {
      #expect(try await coded(name) == (Self.text, true))
    }

    @Test func `no content is none, coded or not`() async throws { #expect(try await coded("nothing") == ("", true)) }

    @Test(arguments: ["br", "zstd", "identity"])
    func `what needs a window as large as its sender likes comes as it is`(_ name: String) async throws {
      #expect(try await coded(name) == (Self.text, false))
    }

    @Test func `what is coded twice comes as it is`() async throws { #expect(try await coded("twice").isDecoded == false) }

    @Test(arguments: [
      ("cut", "its coded content breaks off"), ("damaged", "its coded content is damaged"), ("trailing", "its coded content is damaged"),
    ])
    func `content that is not what its coding says is malformed`(_ name: String, _ reason: String) async {
      await #expect(throws: UpstreamError.malformed(upstream: "http://127.0.0.1:\(ScriptedUpstream.plain.port)", reason: reason)) {
        _ = try await coded(name)
      }
    }

    @Test func `a step is the same however the coded bytes arrive`() throws {
      // {"plain":true}, by gzip.
      let coded: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 200, 73, 204, 204, 83, 178, 42, 41, 42, 77, 173, 5, 0, 92, 122, 109, 134, 14, 0, 0, 0,
      ]
      for size in 1...coded.count {
        let decoder = try #require(ContentDecoder(codings: "gzip"))
        var decoded: [UInt8] = []
        for start in stride(from: 0, to: coded.count, by: size) {
          decoder.append(Array(coded[start..<min(start + size, coded.count)]))
          steps: while true {
            switch decoder.step() {
            case .decoded(let bytes): decoded += bytes
            case .needsInput: break steps
            case .damaged(let reason):
              Issue.record("\(size): \(reason)")
              break steps
            }
          }
        }
        #expect(String(decoding: decoded, as: UTF8.self) == #"{"plain":true}"#)
        #expect(decoder.isWhole)
      }
    }

    @Test func `a bomb is decoded in small pieces, with a turn of the loop between them`() async throws {
      let megabytes = 64
      let request = UpstreamRequest(url: ScriptedUpstream.plain.url("/bomb/\(megabytes)"), decodesContent: true)
      try await withClient { client, reactor in
        let exchange = try await client.fetch(request)
        #expect(exchange.contentLength.map { $0 < 100_000 } == true)
        var turn = reactor.turnCount
        var size = 0
        var largest = 0
        var isHurried = false
        while let chunk = try await exchange.nextChunk() {
          size += chunk.count
          largest = max(largest, chunk.count)
          isHurried = isHurried || reactor.turnCount == turn
          turn = reactor.turnCount
        }
        #expect(size == megabytes << 20)
        #expect(largest <= ContentDecoder.stepSize)
        #expect(!isHurried)
      }
    }

    @Test func `a bomb is stopped at the bound`() async throws {
      let request = UpstreamRequest(url: ScriptedUpstream.plain.url("/bomb/64"), maxBodySize: 100_000, decodesContent: true)
      try await withClient { client, _ in
        let exchange = try await client.fetch(request)
        var size = 0
        await #expect(throws: UpstreamError.tooLarge(upstream: request.origin, .body(100_000))) {
          while let chunk = try await exchange.nextChunk() { size += chunk.count }
        }
        #expect(size <= 100_000)
      }
    }
  }
}
