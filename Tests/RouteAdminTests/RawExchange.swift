// Octets to a listener and back, on a connection of their own, for tests that look at a socket.

import Foundation
import Reactor
import SystemPackage

enum RawExchange {
  /// Sends octets on a connection of their own, and reads until there is enough or nothing more comes.
  static func read(
    _ request: [UInt8], _ address: SocketAddress, until isEnough: @escaping @Sendable (String) -> Bool
  ) async throws -> [UInt8] {
    try await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: exchange(request, address, isEnough)) }
    }.get()
  }

  private static func exchange(
    _ request: [UInt8], _ address: SocketAddress, _ isEnough: (String) -> Bool
  ) -> Result<[UInt8], Errno> {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
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
    while !isEnough(String(decoding: answer, as: UTF8.self)) {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { break }
      guard count > 0 else { return .failure(Errno(rawValue: errno)) }
      answer += buffer[..<count]
    }
    return .success(answer)
  }
}
