// Sockets that systemd bound and handed over (sd_listen_fds(3)). What the environment says of them is looked at before
// this process opens anything: later a descriptor that was not passed may be one of its own.

import Glibc
import HTTPCore
import HTTPRoutes
import Reactor
import SystemPackage

extension ServiceManager {
  /// First descriptor number of an inherited socket, SD_LISTEN_FDS_START of sd_listen_fds(3).
  static let firstInheritedDescriptor: Int32 = 3

  /// More sockets than any unit lists; a larger LISTEN_FDS is a mistake and is ignored whole.
  static let mostInheritedSockets = 1_024

  /// The sockets that LISTEN_FDS counts, each with what is wrong with it, and what is wrong with the variables
  /// themselves.
  static func inheritedSockets(_ environment: [String: String], _ processID: pid_t) -> (sockets: [InheritedSocket], problem: String?) {
    guard let text = environment["LISTEN_FDS"] else { return ([], nil) }
    let process = environment["LISTEN_PID"] ?? ""
    guard pid_t(process) == processID else {
      return ([], "LISTEN_PID=\(process.escapingControlCharacters) is not this process, \(processID): a wrapper has to exec the daemon")
    }
    guard let count = Int(text), (0...mostInheritedSockets).contains(count) else {
      let number = text.escapingControlCharacters
      return ([], "LISTEN_FDS=\(number) is not a number from 0 to \(mostInheritedSockets), so no socket is taken over")
    }
    let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
    let sockets = (0..<count).map { index in
      let descriptor = firstInheritedDescriptor + Int32(index)
      let name = index < names.count && !names[index].isEmpty ? String(names[index]) : "unknown"
      let problem = problem(of: descriptor)
      // A child must not hold the listener open.
      if problem == nil { try? Syscalls.closeOnExec(descriptor) }
      return InheritedSocket(name: name, descriptor: descriptor, problem: problem)
    }
    let tooMany = names.count > max(1, count) ? "LISTEN_FDNAMES has \(names.count) names for \(counted(count, "socket"))" : nil
    return (sockets, tooMany)
  }

  /// Why a descriptor is not a socket that connections can be accepted from.
  private static func problem(of descriptor: Int32) -> String? {
    do throws(Errno) {
      guard try Syscalls.option(descriptor, level: SOL_SOCKET, name: SO_TYPE) == Int32(SOCK_STREAM.rawValue) else {
        return "is not a stream socket; it needs ListenStream= in the socket unit"
      }
      guard try Syscalls.option(descriptor, level: SOL_SOCKET, name: SO_ACCEPTCONN) == 1 else {
        return "does not listen; it needs ListenStream= and Accept=no in the socket unit"
      }
      let family = try Syscalls.option(descriptor, level: SOL_SOCKET, name: SO_DOMAIN)
      return [AF_INET, AF_INET6, AF_UNIX].contains(family) ? nil : "is of address family \(family), which is not served"
    } catch {
      switch error {
      case .badFileDescriptor: return "was not passed"
      case .notSocket: return "is not a socket"
      default: return "cannot be asked what it is: \(error)"
      }
    }
  }
}

extension ServiceManager.InheritedSocket {
  /// `"http" (descriptor 3, 127.0.0.1:8080)`.
  fileprivate var description: String {
    let address = problem == nil ? (try? Syscalls.localAddress(descriptor)).map { ", \($0)" } ?? "" : ""
    return "\"\(name.escapingControlCharacters)\" (descriptor \(descriptor)\(address))"
  }
}

extension [ServiceManager.InheritedSocket] {
  /// Closes what no `listen` names: its clients would wait for an answer that never comes. Answers a warning for each.
  mutating func closeUnnamed(by listeners: [ListenSettings]) -> [String] {
    var warnings: [String] = []
    for index in indices where !listeners.contains(where: { $0.address == .systemd(name: self[index].name) }) {
      let socket = self[index]
      if socket.problem == nil {
        warnings.append(
          "systemd passed the socket \(socket.description), which no \"listen\" names: closed; systemd:\(socket.name) would serve it")
        _ = OwnedDescriptor(socket.descriptor)
        self[index].problem = "was closed when no \"listen\" named it; restart the daemon to have it back"
      } else if !socket.isReported {
        warnings.append("systemd says that it passed \(socket.description), which \(socket.problem ?? "")")
      }
      self[index].isReported = true
    }
    return warnings
  }
}
