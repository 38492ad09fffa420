// A client that shows every byte: tests of a server must see what a lenient client would hide.

import Foundation
import Glibc
import Reactor
import SystemPackage

/// One connection to a server. Its calls block, so they are made on a thread that may.
struct Wire: Sendable {
  let descriptor: Int32

  /// How long a test waits for something that must come: far longer than it ever takes.
  static let deadlineSeconds = 30

  static func connect(to address: SocketAddress) async throws -> Wire {
    try await onThread { () throws(Errno) in
      let family = address.unixPath != nil ? AF_UNIX : (address.host.contains(":") ? AF_INET6 : AF_INET)
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      var limit = timeval(tv_sec: deadlineSeconds, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      let result = try address.withSockaddr { pointer, length throws(Errno) in Glibc.connect(descriptor, pointer, length) }
      guard result == 0 else {
        let error = Errno(rawValue: errno)
        Glibc.close(descriptor)
        throw error
      }
      return Wire(descriptor: descriptor)
    }
  }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    try await Self.onThread { () throws(Errno) in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { throw Errno(rawValue: errno) }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Sends each piece by itself, so that the server may receive it by itself.
  func send(_ pieces: [ArraySlice<UInt8>]) async throws {
    try await Self.onThread { () throws(Errno) in
      try Syscalls.setNoDelay(descriptor)
      for piece in pieces {
        let count = piece.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == piece.count else { throw Errno(rawValue: errno) }
      }
    }
  }

  /// Reads until `isComplete` says so, or to the end of the stream.
  func receive(until isComplete: @escaping @Sendable ([UInt8]) -> Bool) async throws -> [UInt8] {
    try await Self.onThread { () throws(Errno) in
      var received: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while !isComplete(received) {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 { break }
        guard count > 0 else { throw Errno(rawValue: errno) }
        received += buffer[..<count]
      }
      return received
    }
  }

  /// Reads one piece; empty at the end of the stream.
  func receivePiece(atMost size: Int = 65_536) async throws -> [UInt8] {
    try await Self.onThread { () throws(Errno) in
      var buffer = [UInt8](repeating: 0, count: size)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count >= 0 else { throw Errno(rawValue: errno) }
      return Array(buffer[..<count])
    }
  }

  /// Reads until the text ends with `suffix`.
  func receive(through suffix: String) async throws -> String {
    let bytes = Array(suffix.utf8)
    return String(decoding: try await receive { $0.suffix(bytes.count) == bytes[...] }, as: UTF8.self)
  }

  /// Reads to the end of the stream.
  func receiveAll() async throws -> String { String(decoding: try await receive { _ in false }, as: UTF8.self) }

  func shutdownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func close() { Glibc.close(descriptor) }

  /// Closes with a reset.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  private static func onThread<R: Sendable>(_ body: @escaping @Sendable () throws(Errno) -> R) async throws -> R {
    let result: Result<R, Errno> = await onOwnThread {
      do throws(Errno) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// Runs `body`, which blocks, on a thread of its own: the product's few threads for blocking work are part of what is tested.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: body()) }
  }
}
