// How `asynchttpd reload`, `reset` and `status` and a running daemon speak: one question, one answer, over a local stream
// socket.
//
//     reload LF  →
//                ←  ok: +2 routes LF                      it is done
//                ←  refused: 2 errors LF  and diagnostics, then the end of the stream; nothing has changed
//                ←  failed: … LF                          it was not tried
//
//     reset HT jobs HT order LF  →
//                ←  ok: jobs, order LF                    they are at the start; without ids, all that is remembered is
//                ←  refused: 1 unknown id LF  and a line for each of them; nothing has changed
//     status LF  →
//                ←  report: LF  and JSON, then the end of the stream
//
// The socket is `control.sock` in the first directory of RUNTIME_DIRECTORY, where systemd has made one: reachable from
// inside and outside of the service's sandbox. Elsewhere it has the abstract name `@asynchttpd-control-PID` (unix(7)).
// Each side asks the kernel who the other is (SO_PEERCRED): the daemon answers its own user and root, the command
// believes the process that it was told to reload.

import Glibc
import HTTPCore
import HTTPRoutes
import Reactor
import RouteAdmin

enum ControlRequest: Equatable {
  case reload
  /// What routes remember, by ids of routes and names of states; all of it without any.
  case reset([String])
  /// How the process is doing.
  case status

  /// Bytes of the longest question, its line feed included.
  static let longest = 65_536

  var line: String {
    switch self {
    case .reload: "reload\n"
    case .status: "status\n"
    case .reset(let ids): (["reset"] + ids).joined(separator: "\t") + "\n"
    }
  }

  /// Reads a line without its line feed.
  init?(line: String) {
    let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    switch words.first {
    case "reload" where words.count == 1: self = .reload
    case "status" where words.count == 1: self = .status
    case "reset": self = .reset(Array(words.dropFirst()))
    default: return nil
    }
  }
}

enum ControlReply: Equatable, Sendable {
  case done(summary: String)
  /// The diagnostics as they are shown to people.
  case refused(headline: String, details: String)
  case failed(reason: String)
  /// One line of JSON.
  case report(String)

  /// Bytes of the longest answer; diagnostics beyond are cut off at a line.
  static let longest = 1 << 20

  var text: String {
    switch self {
    case .done(let summary): "ok: \(summary.escapingControlCharacters)\n"
    case .failed(let reason): "failed: \(reason.escapingControlCharacters)\n"
    case .report(let json): "report:\n\(json)\n"
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
    } else if headline == "report:", text.hasSuffix("\n"), text.index(after: end) < text.endIndex {
      self = .report(String(text[text.index(after: end)...].dropLast()))
    } else {
      return nil
    }
  }
}

extension ControlReply {
  /// What came of a reset.
  init(_ result: Result<[String], ResetProblems>) {
    switch result {
    case .success(let names): self = .done(summary: names.isEmpty ? "no route remembers anything" : names.joined(separator: ", "))
    case .failure(let problems):
      let headline = problems.hasUnknownNames ? counted(problems.sentences.count, "unknown id") : "not everything was reset"
      self = .refused(headline: headline, details: problems.sentences.joined(separator: "\n"))
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

  /// The address as a socket has it; nil where the path is too long.
  var socketAddress: SocketAddress? {
    switch self {
    case .path(let path): SocketAddress(unixPath: path)
    case .abstract(let name): SocketAddress(abstractName: name)
    }
  }
}
