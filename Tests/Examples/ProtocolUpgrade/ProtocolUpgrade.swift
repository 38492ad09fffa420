// A takeover in the manner of WebSocket: the client asks for another protocol, the server agrees with 101, and from there on the connection
// carries frames both ways (RFC 9110 §7.8). The frames here are netstrings, `5:hello,`, and each comes back reversed.
//
// WebSocket itself (RFC 6455) differs in its handshake, which wants SHA-1 from a cryptography library, and in its frames; the connection is
// taken over in the same way.
//
//     swift run ProtocolUpgrade [port]
//     exec 3<>/dev/tcp/localhost/8080
//     printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: netstring\r\n\r\n5:hello,' >&3
//     timeout 1 cat <&3
//     curl -i http://localhost:8080/              (which does not ask for it: 426)

import AsyncHTTPServer

@main
struct ProtocolUpgrade {
  static func main() async throws {
    let server = AsyncHTTPServer()
    let address = try server.listen(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")

    try await server.serve { request in
      guard request.headers[.upgrade]?.lowercased() == "netstring" else {
        return try await request.respond(.upgradeRequired, "this server speaks netstring\n", headers: [.upgrade: "netstring"])
      }
      let connection = try await request.takeOver(
        status: .switchingProtocols, headers: [.connection: "upgrade", .upgrade: "netstring"])
      // The handler's from here on, and so is its end.
      defer { connection.close() }
      var frames = NetstringDecoder()
      while let bytes = try await connection.read() {
        frames.append(bytes)
        do {
          while let frame = try frames.next() { try await connection.write(NetstringDecoder.encode(frame.reversed())) }
        } catch is NetstringDecoder.Malformed {
          return
        }
      }
    }
  }
}

/// Cuts a stream of bytes into netstrings: a decimal length, a colon, as many bytes, a comma.
struct NetstringDecoder {
  struct Malformed: Error {}

  /// The largest frame, so that nobody makes the server hold more.
  static let maxFrameSize = 65_536

  private var buffer: [UInt8] = []

  mutating func append(_ bytes: [UInt8]) { buffer += bytes }

  /// The next frame, nil until it is there whole.
  mutating func next() throws(Malformed) -> [UInt8]? {
    // Five digits hold the largest length.
    guard let colon = buffer.prefix(6).firstIndex(of: UInt8(ascii: ":")) else {
      guard buffer.count < 6 else { throw Malformed() }
      return nil
    }
    guard let length = Int(String(decoding: buffer[..<colon], as: UTF8.self)), (0...Self.maxFrameSize).contains(length) else {
      throw Malformed()
    }
    let end = colon + 1 + length
    guard end < buffer.count else { return nil }
    guard buffer[end] == UInt8(ascii: ",") else { throw Malformed() }
    defer { buffer.removeFirst(end + 1) }
    return Array(buffer[(colon + 1)..<end])
  }

  static func encode(_ frame: some Collection<UInt8>) -> [UInt8] { Array("\(frame.count):".utf8) + frame + [UInt8(ascii: ",")] }
}
