// One life of a server, short enough to be lived thousands of times: it listens, also in place of one that died, inherits a listener, answers,
// reads, streams, sends a file, takes over, changes its handler, has no room for a while, and ends.

#if DEBUG
import AsyncHTTPServer
import Glibc
import Logging
import Reactor
import SystemPackage

/// What went wrong, if anything did.
struct ScriptedKernelScenario {
  let file: FilePath
  let log: FilePath
  /// Of a listener in the Unix domain.
  let path: FilePath

  static let fileSize = 100_000
  static let streamed = String(repeating: "piece ", count: 200)
  private static let posted = String(repeating: "b", count: 5_000)

  /// Runs once and answers what no failure of one system call may cause: a wrong answer, silence, or a server that serves no more.
  func run() async -> String? {
    var configuration = ServerConfiguration.forTests
    configuration.logger = Logger(label: "scripted") { _ in SwiftLogNoOpLogHandler() }
    // Tried twice: a call that fails once is no reason for an operator to see the second attempt fail.
    configuration.accessLog = (try? AccessLog(path: log, format: .combined)) ?? (try? AccessLog(path: log, format: .combined))
    let server = AsyncHTTPServer(configuration: configuration)
    func listen() throws -> SocketAddress { try server.listen(port: 0, address: "127.0.0.1") }
    guard let address = (try? listen()) ?? (try? listen()) else { return "the second listen failed" }
    guard leaveStalePath() else { return "no stale path" }
    guard (try? server.listen(unixPath: path.string)) ?? (try? server.listen(unixPath: path.string)) != nil else {
      return "the second listen on a path failed"
    }
    guard let inheritedPort = Self.inherit(server) else { return "the second inherited listen failed" }
    let file = file
    async let served: Void = try await server.serve { try await Self.handle($0, file) }
    let first = await onOwnThread { Self.ask(address) }
    await server.replaceHandler(Replacement())
    var reconfigured = configuration
    reconfigured.maxHeadSize = 4096
    await server.reconfigure(reconfigured)
    let second = await onOwnThread { Self.askAgain([address, SocketAddress("127.0.0.1", port: inheritedPort)!, unixAddress]) }
    let third = await waitForRoom(server, reconfigured, address)
    // With a client on the line that was served and is idle: it is not waited for.
    // The thread is done with it before it is used here.
    nonisolated(unsafe) let idle = ScriptedClient(address)
    let fourth = await onOwnThread { idle.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], expecting: "replaced") }
    await server.shutdown(gracePeriod: .seconds(5))
    idle.close()
    do { try await served } catch { return "serve threw \(error)" }
    return first ?? second ?? third ?? fourth
  }

  /// The path is short enough for an address.
  private var unixAddress: SocketAddress { SocketAddress(unixPath: path.string)! }

  /// What a process leaves that died while it listened.
  private func leaveStalePath() -> Bool {
    unlink(path.string)
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { Glibc.close(descriptor) }
    return (try? unixAddress.withSockaddr({ p, n throws(Errno) in Glibc.bind(descriptor, p, n) })) == 0
  }

  /// A client comes while the process may open nothing more, and is served when it may again.
  private func waitForRoom(_ server: AsyncHTTPServer, _ configuration: ServerConfiguration, _ address: SocketAddress) async -> String? {
    var full = configuration
    full.maxDescriptors = 1
    await server.reconfigure(full)
    async let answer = onOwnThread {
      let client = ScriptedClient(address)
      defer { client.close() }
      return client.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], expecting: "replaced")
    }
    // The gate is not seen shut if what shuts it failed: the client is served then.
    let deadline = ContinuousClock.now + .milliseconds(20)
    while server.metrics.gateClosures == 0, ContinuousClock.now < deadline { await Task.yield() }
    await server.reconfigure(configuration)
    return await answer
  }

  private static func inherit(_ server: AsyncHTTPServer) -> UInt16? {
    for _ in 0..<2 {
      let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0, let any = SocketAddress("127.0.0.1", port: 0),
        (try? any.withSockaddr({ p, n throws(Errno) in Glibc.bind(descriptor, p, n) })) == 0, Glibc.listen(descriptor, 16) == 0
      else { return nil }
      if let address = try? server.listen(inherited: descriptor), let port = address.port { return UInt16(port) }
    }
    return nil
  }

  private struct Replacement: RequestHandler {
    func handle(_ request: Request) async throws { try await request.respond(.ok, "replaced") }
  }

  private static func handle(_ request: Request, _ file: FilePath) async throws {
    switch request.target.path {
    case "/post": try await request.respond(.ok, "\(try await request.body.collect(upTo: 10_000).count)")
    case "/stream":
      try await request.respond(
        .ok,
        .stream { writer in
          for _ in 0..<200 { try await writer.write("piece ") }
        })
    case "/file": try await request.respond(.ok, .file(file))
    case "/takeover":
      let connection = try await request.takeOver(status: .switchingProtocols)
      defer { connection.close() }
      while let bytes = try await connection.read() { try await connection.write(bytes) }
    default: try await request.respond(.ok, "plain")
    }
  }

  // MARK: The client

  private static func ask(_ address: SocketAddress) -> String? {
    let client = ScriptedClient(address)
    defer { client.close() }
    let half = posted.count / 2
    let post = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: \(posted.count)\r\n\r\n"
    return client.exchange(["GET /plain HTTP/1.1\r\nHo", "st: a\r\n\r\n"], expecting: "plain")
      ?? client.exchange([post + posted.prefix(half), String(posted.suffix(half))], expecting: "\(posted.count)")
      ?? client.exchange(["GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"], expecting: streamed)
      ?? client.exchange(["GET /file HTTP/1.1\r\nHost: a\r\n\r\n"], expecting: String(repeating: "f", count: fileSize))
      ?? client.echo("GET /takeover HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n")
      // Broken on purpose: the answer, the shutdown of the sending side, the wait for the client's.
      ?? client.exchange(["GET / HTTP/1.1\r\n\r\n"], expecting: "never")
  }

  /// The fault has happened before this, or happens once in it: the second request at the latest is served.
  private static func askAgain(_ addresses: [SocketAddress]) -> String? {
    for target in addresses {
      var complaint: String?
      for _ in 0..<2 {
        let client = ScriptedClient(target)
        defer { client.close() }
        complaint = client.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], expecting: "replaced", mustSucceed: true)
        if complaint == nil { break }
      }
      if let complaint { return "a clean request afterwards: \(complaint)" }
    }
    return nil
  }
}

/// A blocking client that forgives every failure but the wrong bytes and silence.
final class ScriptedClient {
  private let address: SocketAddress
  private var descriptor: Int32 = -1
  private var received: [UInt8] = []

  /// Far beyond the second for which an acceptor may back off.
  private static let deadlineSeconds = 15

  init(_ address: SocketAddress) { self.address = address }

  func open() {
    guard descriptor < 0 else { return }
    let socket = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: Self.deadlineSeconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard (try? address.withSockaddr({ p, n throws(Errno) in connect(socket, p, n) })) == 0 else {
      Glibc.close(socket)
      return
    }
    descriptor = socket
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
    received = []
  }

  /// Sends the pieces, each when the kernel has taken the one before, and reads one answer. Nil when the answer is right, or broken off.
  func exchange(_ pieces: [String], expecting body: String, mustSucceed: Bool = false) -> String? {
    open()
    for piece in pieces { send(piece) }
    let failure = mustSucceed ? "no answer" : nil
    while true {
      if let answer = takeAnswer() {
        if answer.status == 200, answer.body != body { return "200 with \(answer.body.count) bytes that are not the answer" }
        if answer.status != 200 { close() }
        return answer.status == 200 || !mustSucceed ? nil : "status \(answer.status)"
      }
      switch receive() {
      case .some(true): continue
      case .some(false):
        close()
        return failure
      case nil: return "no answer and no end to \(pieces[0].prefix(30))"
      }
    }
  }

  /// Takes the connection over, and has a word echoed.
  func echo(_ head: String) -> String? {
    defer { close() }
    open()
    send(head)
    send("word")
    while true {
      let text = String(decoding: received, as: UTF8.self)
      if text.hasSuffix("\r\n\r\nword") || text.hasPrefix("HTTP/1.1 5") { break }
      switch receive() {
      case .some(true): continue
      case .some(false): return nil
      case nil: return "no echo and no end, \(received.count) bytes"
      }
    }
    shutdown(descriptor, Int32(SHUT_WR))
    while let more = receive() { if !more { return nil } }
    return "no end after the echo"
  }

  private func send(_ text: String) {
    guard descriptor >= 0 else { return }
    let bytes = Array(text.utf8)
    // A server that has closed is no finding; the answer will tell.
    _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// True for more bytes, false for the end, nil when neither comes in time.
  private func receive() -> Bool? {
    guard descriptor >= 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 {
      received += buffer[..<count]
      return true
    }
    return count == -1 && errno == EAGAIN ? nil : false
  }

  /// The first answer of what was received, if it is whole: by Content-Length, or chunked.
  private func takeAnswer() -> (status: Int, body: String)? {
    let end = Array("\r\n\r\n".utf8)
    guard let headEnd = received.indices.first(where: { received[$0...].starts(with: end) }) else { return nil }
    let head = String(decoding: received[..<headEnd], as: UTF8.self)
    let status = Int(head.dropFirst(9).prefix(3)) ?? 0
    var rest = received[(headEnd + 4)...]
    if let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("Content-Length: ") }) {
      guard let length = Int(field.dropFirst(16)), rest.count >= length else { return nil }
      received = Array(rest.dropFirst(length))
      return (status, String(decoding: rest.prefix(length), as: UTF8.self))
    }
    var body: [UInt8] = []
    while let line = rest.firstIndex(of: 13), let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) {
      guard rest.endIndex - line >= 2 + size + 2 else { return nil }
      if size == 0 {
        received = Array(rest[(line + 4)...])
        return (status, String(decoding: body, as: UTF8.self))
      }
      body += rest[(line + 2)..<(line + 2 + size)]
      rest = rest[(line + 4 + size)...]
    }
    return nil
  }
}
#endif
