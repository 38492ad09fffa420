// The examples as programs: started as a reader would start them, on a port that the kernel chooses.

import Foundation

struct HarnessError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

enum Repository {
  /// A file of this repository.
  static func path(_ relative: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../" + relative).standardized.path
  }
}

/// Bounds a test that has failed; no test waits for it otherwise.
private let patience: TimeInterval = 60

/// A program whose output is read line by line. It does not outlive its handle.
final class ExampleProgram {
  private let process = Process()
  private let output = Pipe()
  private var unread = Data()
  /// From "listening on …".
  private(set) var port: UInt16 = 0

  var id: Int32 { process.processIdentifier }

  /// Starts the example that was built beside these tests, and waits until it says where it listens.
  init(_ name: String, _ arguments: String...) throws {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let executable = (tests as NSString).deletingLastPathComponent + "/" + name
    // Into a pipe, print would keep its lines to itself until there are many.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/stdbuf")
    process.arguments = ["-oL", executable, "0"] + arguments
    process.standardOutput = output
    try process.run()
    let process = process
    DispatchQueue.global().asyncAfter(deadline: .now() + patience) { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let line = try nextLine()
    guard let port = line.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw HarnessError("\(name): \(line)") }
    self.port = port
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    // Foundation's object and its run loop's source hold each other until somebody has waited for the end.
    process.waitUntilExit()
  }

  /// Waits for the next line of its standard output.
  func nextLine() throws -> String {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { throw HarnessError("the program ended without a further line") }
      unread += piece
    }
  }

  func signal(_ number: Int32) { kill(id, number) }

  /// Waits for the end, and answers the exit status; a signal counts from 128 as in a shell.
  func exitStatus() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// The most memory the program has had resident so far, in bytes (VmHWM, proc_pid_status(5)).
  func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { throw HarnessError("no VmHWM in\n\(status)") }
    return kilobytes << 10
  }

  /// Real curl, with the example's address before `path`.
  func curl(_ path: String, _ options: String...) throws -> String {
    let curl = Process()
    let output = Pipe()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    curl.arguments =
      ["--silent", "--show-error", "--noproxy", "*", "--max-time", "\(Int(patience))"] + options + ["http://127.0.0.1:\(port)\(path)"]
    curl.standardOutput = output
    try curl.run()
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    curl.waitUntilExit()
    guard curl.terminationStatus == 0 else { throw HarnessError("curl \(path): exit status \(curl.terminationStatus)") }
    return String(decoding: answer, as: UTF8.self)
  }
}

/// A connection to an example, for what curl does not speak.
final class RawConnection {
  private let descriptor: Int32

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: Int(patience), tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard status == 0 else { throw HarnessError("connect: \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw HarnessError("send") }
  }

  /// Reads until the text ends with `suffix`; to the end of the stream without one.
  func receive(through suffix: String? = nil) throws -> String {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count >= 0 else { throw HarnessError("recv: \(String(cString: strerror(errno)))") }
      received += buffer[..<count]
      let text = String(decoding: received, as: UTF8.self)
      if let suffix, text.hasSuffix(suffix) { return text }
      if count == 0 {
        guard suffix == nil else { throw HarnessError("the stream ended after \(text)") }
        return text
      }
    }
  }
}
