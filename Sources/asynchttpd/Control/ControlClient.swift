// The command's end of the control socket. It does nothing else meanwhile, so it blocks.

import Glibc
import Reactor
import SystemPackage

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
    guard Syscalls.processExists(processID) else { throw Unreachable(reason: "there is no process \(processID)") }
    let socket = try connect()
    guard sendAll(Array(request.line.utf8), socket) else { throw Unreachable(reason: "process \(processID) did not take the question") }
    let text = try receiveAll(socket)
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

  private func connect() throws(Unreachable) -> OwnedDescriptor {
    var refusal: Errno?
    for address in addresses {
      guard let socketAddress = address.socketAddress else { continue }
      let socket: OwnedDescriptor
      do throws(Errno) {
        socket = try Syscalls.socket(family: socketAddress.family, blocking: true)
      } catch {
        throw Unreachable(reason: "\(error)")
      }
      do throws(Errno) {
        try Syscalls.connect(socket.rawValue, socketAddress)
      } catch {
        if error == .permissionDenied || error == .notPermitted { refusal = error }
        continue
      }
      if let peer = try? Syscalls.peerCredentials(socket.rawValue), peer.processID == processID { return socket }
    }
    if let refusal { throw Unreachable(reason: "process \(processID) cannot be asked: \(refusal)") }
    throw Unreachable(reason: "process \(processID) is no asynchttpd that this user can reach")
  }

  private func sendAll(_ bytes: [UInt8], _ socket: borrowing OwnedDescriptor) -> Bool {
    // A question is shorter than any socket's buffer.
    let count = bytes.withUnsafeBytes { try? Syscalls.send(socket.rawValue, $0) }
    return count == bytes.count
  }

  private func receiveAll(_ socket: borrowing OwnedDescriptor) throws(Unreachable) -> String {
    try? Syscalls.setTimeout(socket.rawValue, .receiving, seconds: Self.patienceSeconds)
    var answer: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 1)
    defer { buffer.deallocate() }
    while answer.count < ControlReply.longest {
      let count: Int?
      // A connection that broke off has said what it will.
      do throws(Errno) { count = try Syscalls.receive(socket.rawValue, into: buffer) } catch { break }
      guard let count else {
        throw Unreachable(reason: "process \(processID) has not answered for \(Self.patienceSeconds) s; the reload may still happen")
      }
      if count == 0 { break }
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
}

/// The contents of a small file; nil where it cannot be read, or is longer than the limit.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  guard let file = try? Syscalls.open(path, flags: O_RDONLY) else { return nil }
  return try? Syscalls.readToEnd(file.rawValue, limit: limit)
}
