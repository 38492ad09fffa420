// The client: blocking, with a deadline after which the server is taken to hang.

import FuzzSupport
import Glibc

struct FuzzClient {
  private let descriptor: Int32
  private var received: [UInt8] = []
  private var offset = 0
  private var hasEnded = false

  private static let deadlineSeconds = 20

  init(connectingTo server: FuzzServer) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: Self.deadlineSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = server.address
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    require(result == 0, "cannot connect: \(String(cString: strerror(errno)))")
  }

  /// Sends each piece by itself, and gives the server a chance to read it before the next.
  func send(_ bytes: [UInt8], cutAt cuts: Cuts) {
    var start = 0
    for end in cuts where end > start {
      guard send(Array(bytes[start..<end])) else { return }
      start = end
      var unread: CInt = 0
      for _ in 0..<4 {
        if ioctl(descriptor, UInt(TIOCOUTQ), &unread) != 0 || unread == 0 { break }
        sched_yield()
      }
    }
  }

  /// False if the server has closed the connection.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    require(count == bytes.count || errno == EPIPE || errno == ECONNRESET, "the server takes nothing: \(String(cString: strerror(errno)))")
    return count == bytes.count
  }

  enum Answer {
    case whole(status: Int, announcesClose: Bool)
    /// The connection ended before the answer did.
    case cut
  }

  /// Reads one final answer, and what interim ones are before it.
  mutating func readAnswer(toHEAD isHEAD: Bool) -> Answer {
    while true {
      var reader = AnswerReader(received, from: offset)
      if let (status, announcesClose) = reader.next(isHEAD: isHEAD, inputHasEnded: hasEnded) {
        offset = reader.offset
        return .whole(status: status, announcesClose: announcesClose)
      }
      if hasEnded {
        offset = received.count
        return .cut
      }
      receive()
    }
  }

  /// Whether anything follows the answers that were read; waits for it or for the end.
  mutating func hasMore() -> Bool {
    while offset == received.count, !hasEnded { receive() }
    return offset < received.count
  }

  private mutating func receive() {
    let start = received.count
    received.append(contentsOf: repeatElement(0, count: 16_384))
    let count = received[start...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    received.removeLast(16_384 - max(0, count))
    if count > 0 { return }
    // A reset is the end of a connection whose last octets the server did not want.
    require(count == 0 || errno == ECONNRESET, "the server does not answer: \(String(cString: strerror(errno)))")
    hasEnded = true
  }

  func stopSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func close() { Glibc.close(descriptor) }

  /// Closes with a reset (SO_LINGER of zero seconds, socket(7)).
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }
}
