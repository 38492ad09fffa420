// A directory of files, a server that answers from it by a configuration, and a client that shows every byte.

import AsyncHTTPServer
import Foundation
import HTTPCore
import HTTPRoutes
import Logging
import Reactor
import Synchronization
import SystemPackage

/// A temporary directory, removed with all that is in it when nobody holds it any more.
final class Site: Sendable {
  let path: String
  let table: RouteTable
  let server: AsyncHTTPServer
  private let address: SocketAddress

  private init(path: String, table: RouteTable, server: AsyncHTTPServer, address: SocketAddress) {
    self.server = server
    self.path = path
    self.table = table
    self.address = address
  }

  /// Serves by `yaml`, in which `ROOT` stands for a new directory that `prepare` fills, for the length of `body`.
  static func with<R: Sendable>(
    _ yaml: String, workers: Int = 1, trusting proxy: String? = nil, numbers: (any NumberSource)? = nil, log: KeptLog? = nil,
    observers: [any RequestObserverSource] = [], prepare: (Files) throws -> Void = { _ in },
    _ body: @escaping @Sendable (Site, Files) async throws -> R
  ) async throws -> R {
    let files = try Files()
    try prepare(files)
    let loaded = SettingsLoader.load(
      text: yaml.replacing("ROOT", with: files.path), fileName: files.path + "/routes.yaml", environment: [:])
    guard let settings = loaded.settings else { throw ConfigurationError(diagnostics: loaded.diagnostics) }
    let table = RouteTable(settings: settings, numbers: numbers)
    var configuration = ServerConfiguration()
    // However long the machine keeps a test from reading.
    configuration.writeTimeout = .seconds(300)
    configuration.workers = workers
    if let proxy { precondition(configuration.trustedProxies.trust(proxy), "\(proxy) is an address") }
    configuration.logger.logLevel = .critical
    if let log { configuration.logger = log.logger }
    configuration.observers = observers
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: 0, address: "127.0.0.1")
    let site = Site(path: files.path, table: table, server: server, address: address)
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await server.serve(handler: table)
        return nil
      }
      group.addTask { try await body(site, files) }
      defer { server.close() }
      while let result = try await group.next() {
        if let result { return result }
      }
      throw ServerError.serverClosed
    }
  }

  /// One request on a connection of its own.
  func get(_ target: String, _ fields: String..., method: String = "GET") async throws -> Reply {
    let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    let address = address
    let result: Result<[UInt8], Errno> = await onOwnThread { Self.exchange(request, address) }
    return try Reply(try result.get(), hasContent: method != "HEAD")
  }

  /// What one request on a connection of its own comes to, whatever it is.
  func octets(_ target: String, _ fields: [String] = [], method: String = "GET", progress: Counter? = nil) async -> Result<[UInt8], Errno> {
    let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    let address = address
    return await onOwnThread { Self.exchange(request, address, received: { progress?.add($0) }) }
  }

  /// One request with a body, or without one, on a connection of its own; `line` is method and target.
  func ask(_ line: String, _ fields: [String] = [], body: String? = nil) async throws -> Reply {
    let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
    let lines = ["\(line) HTTP/1.1", "Host: localhost", "Connection: close"] + fields + length
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
    let address = address
    let result: Result<[UInt8], Errno> = await onOwnThread { Self.exchange(request, address) }
    return try Reply(try result.get(), hasContent: true)
  }

  /// One request whose answer is read in two goes, with `between` after the first bytes: how many bytes came in all, and whether the
  /// connection was reset.
  func get(_ target: String, between: @escaping @Sendable () -> Void) async throws -> (byteCount: Int, wasReset: Bool) {
    let request = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
    let address = address
    let count = Counter()
    let result: Result<[UInt8], Errno> = await onOwnThread {
      Self.exchange(
        request, address,
        received: { piece in
          if count.value == 0 { between() }
          count.add(piece)
        })
    }
    if case .failure(let error) = result, error != .connectionReset { throw error }
    return (count.value, result == .failure(.connectionReset))
  }

  /// Reads an answer for as long as it is wanted, and then hangs up: how many bytes came.
  func download(_ target: String, progress: Counter, while isWanted: @escaping @Sendable () -> Bool) async throws -> Int {
    let request = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
    let address = address
    let result = await onOwnThread { Self.exchange(request, address, isWanted: isWanted, received: { progress.add($0) }) }
    return try result.get().count
  }

  /// Far longer than an answer ever takes.
  private static let deadlineSeconds = 30

  static func exchange(
    _ request: [UInt8], _ address: SocketAddress, isWanted: () -> Bool = { true }, received: (Int) -> Void = { _ in }
  ) -> Result<[UInt8], Errno> {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: deadlineSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    do throws(Errno) {
      let connected = try address.withSockaddr { pointer, length throws(Errno) in connect(descriptor, pointer, length) }
      guard connected == 0, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
        return .failure(Errno(rawValue: errno))
      }
    } catch {
      return .failure(error)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while isWanted() {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return .success(answer) }
      guard count > 0 else { return .failure(Errno(rawValue: errno)) }
      answer += buffer[..<count]
      received(count)
    }
    return .success(answer)
  }
}

/// Counts across threads.
final class Counter: Sendable {
  private let count = Mutex(0)

  func add(_ amount: Int = 1) { count.withLock { $0 += amount } }
  var value: Int { count.withLock { $0 } }
}

/// What came back, taken apart and checked: a Content-Length that is not the body's is an error.
struct Reply: Sendable {
  struct Malformed: Error { let text: String }

  let status: Int
  let fields: [FieldLine]
  let body: [UInt8]

  init(_ bytes: [UInt8], hasContent: Bool) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else { throw Malformed(text: text) }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    guard lines[0].hasPrefix("HTTP/1.1 "), let status = Int(lines[0].dropFirst(9).prefix(3)) else { throw Malformed(text: text) }
    self.status = status
    fields = try lines.dropFirst().map { line in
      guard let colon = line.firstRange(of: ": ") else { throw Malformed(text: text) }
      return FieldLine(String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
    }
    body = Array(bytes[(end + 4)...])
    if hasContent, status != 304, status != 204 {
      guard let length = self["Content-Length"], Int(length) == body.count else { throw Malformed(text: text) }
    } else if !body.isEmpty {
      throw Malformed(text: text)
    }
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// All values of a field, joined.
  subscript(_ name: String) -> String? {
    let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

/// A temporary directory and what tests do in it.
final class Files: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/asynchttpd-files.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  /// Overwrites in place, as an editor without safe writes does: the inode stays.
  func write(_ bytes: [UInt8], to name: String) throws {
    let target = self[name]
    try FileManager.default.createDirectory(
      atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Errno(rawValue: errno) }
  }

  /// Makes an entry of `directory` whose name is these octets, UTF-8 or not: a file with this text.
  func write(_ text: String, to name: [UInt8], in directory: String) throws {
    try makeDirectory(directory)
    let path = Array("\(self[directory])/".utf8) + name + [0]
    let descriptor = path.withUnsafeBytes {
      open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    }
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Errno(rawValue: errno) }
  }

  /// Returns once the times of what was written last tell it from any later change: until then a large file has no lasting tag.
  func settle() {
    func now() -> Int64 {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME_COARSE, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    let written = now()
    while now() - written <= 30_000_000 { sched_yield() }
  }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
  }

  /// Makes `name` a link to `target`, whatever that is.
  func link(_ name: String, to target: String) throws {
    guard symlink(target, self[name]) == 0 else { throw Errno(rawValue: errno) }
  }

  func rename(_ name: String, to other: String) throws {
    guard Glibc.rename(self[name], self[other]) == 0 else { throw Errno(rawValue: errno) }
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self[name]) }

  /// Makes `name` this long, filled with zeros that take no room.
  func setSize(_ name: String, _ size: Int) throws {
    guard truncate(self[name], size) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Sets both times, in seconds since 1970.
  func setModified(_ name: String, _ seconds: Int) throws {
    var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    guard utimensat(AT_FDCWD, self[name], &times, 0) == 0 else { throw Errno(rawValue: errno) }
  }
}

/// Runs `body`, which blocks, on a thread of its own: the product's few threads for blocking work are part of what is tested.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: body()) }
  }
}

/// What `look` finds, asked again until it does, for as long as any machine may take.
func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value {
  let deadline = ContinuousClock.now.advanced(by: .seconds(30))
  while ContinuousClock.now < deadline {
    if let value = try await look() { return value }
    // What is looked at may need the threads of this process.
    try await Task.sleep(for: .milliseconds(1))
  }
  throw HarnessTimeout()
}

struct HarnessTimeout: Error {}
