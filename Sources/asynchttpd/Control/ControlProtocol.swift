// How `asynchttpd reload` and a running daemon speak: one question, one answer, over a local stream socket.
//
//     reload LF  →
//                ←  ok: +2 routes LF                      it is done
//                ←  refused: 2 errors LF  and diagnostics, then the end of the stream; nothing has changed
//                ←  failed: … LF                          it was not tried
//
// The socket is `control.sock` in the first directory of RUNTIME_DIRECTORY, where systemd has made one: reachable from
// inside and outside of the service's sandbox. Elsewhere it has the abstract name `@asynchttpd-control-PID` (unix(7)).
// Each side asks the kernel who the other is (SO_PEERCRED): the daemon answers its own user and root, the command
// believes the process that it was told to reload.

import Glibc
import HTTPCore
import HTTPRoutes

enum ControlRequest: Equatable {
  case reload

  /// Bytes of the longest question, its line feed included.
  static let longest = 64

  var line: String { "reload\n" }

  /// Reads a line without its line feed.
  init?(line: String) {
    guard line == "reload" else { return nil }
    self = .reload
  }
}

enum ControlReply: Equatable, Sendable {
  case done(summary: String)
  /// The diagnostics as they are shown to people.
  case refused(headline: String, details: String)
  case failed(reason: String)

  /// Bytes of the longest answer; diagnostics beyond are cut off at a line.
  static let longest = 1 << 20

  var text: String {
    switch self {
    case .done(let summary): "ok: \(summary.escapingControlCharacters)\n"
    case .failed(let reason): "failed: \(reason.escapingControlCharacters)\n"
    case .refused(let headline, let details): "refused: \(headline.escapingControlCharacters)\n" + Self.bounded(details)
    }
  }

  private static func bounded(_ details: String) -> String {
    guard !details.isEmpty else { return "" }
    guard details.utf8.count > longest / 2 else { return details.hasSuffix("\n") ? details : details + "\n" }
    let kept = details.utf8.prefix(longest / 2)
    let end = kept.lastIndex(of: UInt8(ascii: "\n")) ?? kept.startIndex
    return details[..<end] + "\n… and more\n"
  }

  /// Reads a whole answer; nil for one that is none, or that broke off.
  init?(text: String) {
    guard let end = text.firstIndex(of: "\n") else { return nil }
    let headline = text[..<end]
    if headline.hasPrefix("ok: ") {
      self = .done(summary: String(headline.dropFirst(4)))
    } else if headline.hasPrefix("failed: ") {
      self = .failed(reason: String(headline.dropFirst(8)))
    } else if headline.hasPrefix("refused: ") {
      self = .refused(headline: String(headline.dropFirst(9)), details: String(text[text.index(after: end)...]))
    } else {
      return nil
    }
  }
}

/// Where a daemon's control socket is.
enum ControlAddress: Equatable, Sendable {
  case path(String)
  case abstract(String)

  /// The socket of the process, whose RUNTIME_DIRECTORY is this, or nil.
  init(processID: pid_t, runtimeDirectory: String?) {
    // Several directories are separated by colons (systemd.exec(5)); the first is as good as any.
    if let first = runtimeDirectory?.split(separator: ":").first, first.hasPrefix("/"), first.utf8.count < 90 {
      self = .path("\(first)/control.sock")
    } else {
      self = .abstract("asynchttpd-control-\(processID)")
    }
  }

  /// Passes the address to bind(2) or connect(2).
  func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes: [UInt8] =
      switch self {
      case .path(let path): Array(path.utf8) + [0]
      case .abstract(let name): [0] + Array(name.utf8)
      }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix($0.count)) }
    // In an abstract address every byte counts, so the length is exact.
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}

/// Who is at the other end of a local socket.
struct PeerCredentials: Equatable {
  let processID: pid_t
  let userID: uid_t

  /// Asks the kernel, SO_PEERCRED of unix(7). For the connecting side it is whoever called listen(2).
  init?(of descriptor: Int32) {
    // struct ucred, which Glibc's headers show to GNU C only: pid, uid, gid.
    var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    (processID, userID) = (credentials.0, credentials.1)
  }
}
