// The command's end of the control socket. It does nothing else meanwhile, so it blocks.

import Glibc
import Reactor

struct ControlClient {
  /// Why there is no answer, as one sentence.
  struct Unreachable: Error, Equatable {
    let reason: String
  }

  /// The process that is asked.
  let processID: pid_t

  /// Ten thousand routes load in a fifth of a second; who waits longer than this waits for a disk that hangs.
  static let patienceSeconds = 60

  /// Asks, and waits for the answer.
  func ask(_ request: ControlRequest) throws(Unreachable) -> ControlReply {
    guard kill(processID, 0) == 0 || errno == EPERM else { throw Unreachable(reason: "there is no process \(processID)") }
    let descriptor = try connect()
    defer { close(descriptor) }
    guard sendAll(Array(request.line.utf8), descriptor) else { throw Unreachable(reason: "process \(processID) did not take the question") }
    let text = try receiveAll(descriptor)
    guard let reply = ControlReply(text: text) else {
      throw Unreachable(reason: "process \(processID) ended before it answered")
    }
    return reply
  }

  /// Where the daemon may be listening: in the directory systemd made for this very service, when it is systemd that
  /// runs the command; in the one it made for that process; or by name.
  private var addresses: [ControlAddress] {
    var addresses: [ControlAddress] = []
    for directory in [getenv("RUNTIME_DIRECTORY").map { String(cString: $0) }, Self.runtimeDirectory(of: processID)] {
      guard let directory else { continue }
      addresses.append(ControlAddress(processID: processID, runtimeDirectory: directory))
    }
    return addresses + [ControlAddress(processID: processID, runtimeDirectory: nil)]
  }

  private func connect() throws(Unreachable) -> Int32 {
    var refusal: Int32?
    for address in addresses {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { throw Unreachable(reason: Self.message(errno)) }
      if address.withSockaddr({ Glibc.connect(descriptor, $0, $1) }) == 0 {
        if let peer = PeerCredentials(of: descriptor), peer.processID == processID { return descriptor }
      } else if errno == EACCES || errno == EPERM {
        refusal = errno
      }
      close(descriptor)
    }
    if let refusal { throw Unreachable(reason: "process \(processID) cannot be asked: \(Self.message(refusal))") }
    throw Unreachable(reason: "process \(processID) is no asynchttpd that this user can reach")
  }

  private func sendAll(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
    // A question is shorter than any socket's buffer.
    bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
  }

  private func receiveAll(_ descriptor: Int32) throws(Unreachable) -> String {
    var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while answer.count < ControlReply.longest {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        throw Unreachable(reason: "process \(processID) has not answered for \(Self.patienceSeconds) s; the reload may still happen")
      }
      if count <= 0 { break }
      answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// RUNTIME_DIRECTORY as the process was started with it; nil where there is none, or where this user may not look.
  private static func runtimeDirectory(of processID: pid_t) -> String? {
    guard let environment = readFile("/proc/\(processID)/environ", limit: 1 << 20) else { return nil }
    let name = Array("RUNTIME_DIRECTORY=".utf8)
    let entry = environment.split(separator: 0).first { $0.starts(with: name) }
    return entry.map { String(decoding: $0.dropFirst(name.count), as: UTF8.self) }
  }

  private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// The contents of a small file; nil where it cannot be read, or is longer than the limit.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  guard let file = try? Syscalls.open(path, flags: O_RDONLY) else { return nil }
  return try? Syscalls.readToEnd(file.rawValue, limit: limit)
}
