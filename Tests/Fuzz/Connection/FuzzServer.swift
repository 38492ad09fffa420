// The server under test. It listens on an abstract address of the Unix domain (unix(7)), which goes with the process.

import AsyncHTTPServer
import FuzzSupport
import Glibc
import Logging

struct FuzzServer {
  static let maxBodySize = 256

  private let server: AsyncHTTPServer
  let address: sockaddr_un

  init() {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: "asynchttpd-fuzz-\(getpid())".utf8) }
    self.address = address
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    require(isBound == 0 && listen(descriptor, 16) == 0, "cannot listen: \(String(cString: strerror(errno)))")

    var configuration = ServerConfiguration()
    configuration.workers = 1
    configuration.maxBodySize = Self.maxBodySize
    configuration.logger.logLevel = .critical
    server = AsyncHTTPServer(configuration: configuration)
    do {
      try server.listen(inherited: descriptor)
    } catch {
      fatalError("\(error)")
    }
    Task { [server] in try await server.serve { try await Route($0.target.rawPath).answer($0) } }
  }

  var openConnections: Int { server.metrics.openConnections }
}

/// The ways in which a handler may behave, chosen by the path.
enum Route {
  /// Reads the body and sends it back.
  case echo
  /// The same in pieces, without a length.
  case stream
  /// Sends the fields of the request back as its own.
  case fields
  /// Answers twice.
  case twice
  case throwing
  /// Ends without an answer.
  case silent
  /// Answers without a look at the body.
  case plain

  init(_ path: String) {
    switch path {
    case "/echo": self = .echo
    case "/stream": self = .stream
    case "/fields": self = .fields
    case "/twice": self = .twice
    case "/throw": self = .throwing
    case "/none": self = .silent
    default: self = .plain
    }
  }

  var status: Int { fails ? 500 : 200 }

  var fails: Bool {
    switch self {
    case .throwing, .silent: true
    default: false
    }
  }

  private struct Refusal: Error {}

  func answer(_ request: Request) async throws {
    switch self {
    case .echo:
      try await request.respond(.ok, request.body.collect(upTo: FuzzServer.maxBodySize))
    case .stream:
      let stream = ResponseBody.stream { writer in
        for try await piece in request.body { try await writer.write(piece) }
        try await writer.write("end")
      }
      try await request.respond(.ok, stream)
    case .fields:
      try await request.respond(.ok, request.host ?? "", headers: request.headers)
    case .twice:
      try await request.respond(.ok, "first")
      try await request.respond(.ok, "second")
    case .throwing: throw Refusal()
    case .silent: break
    case .plain: try await request.respond(.ok, request.target.path ?? "no path")
    }
  }
}
