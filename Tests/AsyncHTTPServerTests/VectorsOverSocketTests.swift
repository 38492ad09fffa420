// The exchanges of Tests/Vectors, sent to a server: what the parsers understand of them is what a client gets answers to, each in its order,
// and the connection ends where they say.

import AsyncHTTPServer
import HTTPCore
import SystemPackage
import Testing
import VectorSupport

/// What a client must get for a vector: an answer to each message that is complete, then the refusal, then the end.
private struct Expectation {
  /// The status of each answer, and what an answer by the handler says it has understood.
  var answers: [(status: Int, echo: String?)] = []
  /// The server ends the connection by itself.
  var closes = false
  /// The answer, if any, once the client has shut its sending side in the middle of a message.
  var whenCutShort: Int?

  init(_ events: [String]) {
    var request: Substring = ""
    var host = ""
    var data = ""
    var isForServer = false
    for event in events {
      let words = event.split(separator: " ", maxSplits: 1)
      let rest = words.count > 1 ? String(words[1]) : ""
      switch words[0] {
      case "request": (request, host, data, isForServer) = (words[1], "", "", false)
      case "host": host = rest
      case "data": data = rest
      case "asterisk": isForServer = true
      case "scheme":
        answers.append((421, nil))
        closes = true
        return
      case "closes": closes = true
      case "end":
        let isHEAD = request.hasPrefix("HEAD ")
        answers.append(isForServer ? (204, "") : (200, isHEAD ? "" : "\(request)|\(host)|\(data)"))
      case "error":
        answers.append((Int(rest.prefix(3)) ?? 0, nil))
        closes = true
      case "partial": whenCutShort = rest == "body" ? 400 : nil
      default: break
      }
    }
  }
}

/// Takes answers apart as a client would that knows what it asked.
private struct AnswerReader {
  private(set) var answers: [(status: Int, body: String)] = []
  private var isHEAD: [Bool]

  init(_ bytes: [UInt8], isHEAD: [Bool]) {
    self.isHEAD = isHEAD
    var rest = bytes[...]
    while let answer = next(&rest) { if answer.status >= 200 { answers.append(answer) } }
  }

  private func next(_ rest: inout ArraySlice<UInt8>) -> (status: Int, body: String)? {
    guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    guard let line = head.first, line.hasPrefix("HTTP/1.1 "), let status = Int(line.dropFirst(9).prefix(3)) else { return nil }
    let length = head.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
    let hasBody = !(answers.count < isHEAD.count && isHEAD[answers.count])
    let count = hasBody ? length : 0
    guard rest[end.upperBound...].count >= count else { return nil }
    let body = String(decoding: rest[end.upperBound...].prefix(count), as: UTF8.self)
    rest = rest[end.upperBound...].dropFirst(count)
    return (status, body)
  }
}

@Suite struct VectorsOverSocketTests {
  /// Says what it has understood of a request, in the words of the vectors.
  private static let echo: @Sendable (Request) async throws -> Void = { request in
    let data = try await request.body.collect(upTo: 1 << 20)
    let version = request.httpVersion.minor == 0 ? "HTTP/1.0" : "HTTP/1.1"
    let target = request.headBytes[request.head.target]
    let line = Array("\(request.method.rawValue) ".utf8) + target + Array(" \(version)".utf8)
    try await request.respond(.ok, "\(Vector.printable(line))|\(request.host ?? "")|\(Vector.printable(data))")
  }

  private func check(split: @escaping @Sendable ([UInt8]) -> [ArraySlice<UInt8>]) async throws {
    var configuration = ServerConfiguration.forTests
    configuration.maxBodySize = .max
    try await withServer(configuration, handler: Self.echo) { _, address in
      for vector in Vector.all {
        let expected = Expectation(vector.events)
        let isHEAD = vector.events.filter { $0.hasPrefix("request ") }.map { $0.hasPrefix("request HEAD ") }
        let wire = try await Wire.connect(to: address)
        defer { wire.close() }
        do {
          try await wire.send(split(vector.bytes))
        } catch Errno.brokenPipe where expected.closes {
          // The last answer was given, and the connection closed, before the octets behind its request were sent.
        }
        var received: [UInt8] = []
        if !expected.closes {
          let count = expected.answers.count
          received = try await wire.receive { AnswerReader($0, isHEAD: isHEAD).answers.count >= count }
          wire.shutdownSending()
        }
        received += try await wire.receive { _ in false }
        let answers = AnswerReader(received, isHEAD: isHEAD).answers
        let statuses = expected.answers.map(\.status) + (expected.whenCutShort.map { [$0] } ?? [])
        #expect(answers.map(\.status) == statuses, "\(vector)")
        for (answer, wanted) in zip(answers, expected.answers) {
          if let echo = wanted.echo { #expect(answer.body == echo, "\(vector)") }
        }
      }
    }
  }

  @Test func `whole`() async throws {
    try await check { [$0[...]] }
  }

  @Test func `octet by octet`() async throws {
    // The long ones are about limits, which a split in the middle meets as well.
    try await check { bytes in
      bytes.count > 600 ? [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] : bytes.indices.map { bytes[$0...$0] }
    }
  }
}
