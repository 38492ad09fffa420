// The sockets that settings ask for: opened first and handed to the server once all of them are open, so that a reload
// that cannot have one of them changes nothing.

import Glibc
import HTTPRoutes
import Reactor
import SystemPackage

/// The sockets of one entry of `listen`: one, or all that systemd passed under a name.
final class OpenedListener {
  let settings: ListenSettings
  private(set) var sockets: [ListeningSocketBox] = []

  fileprivate init(_ settings: ListenSettings, _ sockets: [ListeningSocketBox]) {
    self.settings = settings
    self.sockets = sockets
  }
}

/// A socket on its way to the server; its taker owns it; without one it closes.
final class ListeningSocketBox {
  private var socket: ListeningSocket?

  fileprivate init(_ socket: consuming ListeningSocket) { self.socket = consume socket }

  func take() -> ListeningSocket? {
    let taken = socket.take()
    return taken
  }
}

struct ListenerOpener {
  /// What systemd passed. These stay open in here, and the server gets duplicates: an address that a reload takes out
  /// can come back.
  let inherited: [ServiceManager.InheritedSocket]
  /// Addresses this process listens on already, as the kernel spells them.
  let current: [SocketAddress]
  /// Stands in for file and line where no file names the address: `--listen`.
  let origin: String
  /// Why systemd passed no sockets, where there is something to say.
  var handoverProblem: String?
  /// The key that names the addresses.
  var key = "listen"
  /// Of sockets in the file system. By default anyone may connect, as nginx has it: the directory decides, not the umask
  /// that the process happens to have.
  var socketMode: UInt32 = 0o666

  /// Opens all of them, or none: the errors are then one for each that failed.
  func open(_ listeners: [ListenSettings]) -> Result<[OpenedListener], ListenFailure> {
    var opened: [OpenedListener] = []
    var failures: [Diagnostic] = []
    for settings in listeners {
      do throws(Reason) {
        opened.append(OpenedListener(settings, try open(settings.address)))
      } catch {
        failures.append(settings.error("\(key): cannot listen on \(settings.address): \(error.sentence)", origin: origin))
      }
    }
    return failures.isEmpty ? .success(opened) : .failure(ListenFailure(diagnostics: failures))
  }

  private struct Reason: Error {
    let sentence: String
  }

  private func open(_ address: ListenAddress) throws(Reason) -> [ListeningSocketBox] {
    switch address {
    case .systemd(let name): return try inherited(name)
    case .tcp(let host, let port):
      guard let socketAddress = SocketAddress(host, port: port) else { throw Reason(sentence: "this machine has no such interface") }
      return [try bind(socketAddress, address)]
    case .unix(let path):
      guard let socketAddress = SocketAddress(unixPath: path) else { throw Reason(sentence: "its path has more than 107 bytes") }
      let box = try bind(socketAddress, address)
      try? Syscalls.changeMode(path, socketMode)
      return [box]
    }
  }

  private func bind(_ address: SocketAddress, _ asked: ListenAddress) throws(Reason) -> ListeningSocketBox {
    do throws(Errno) {
      return ListeningSocketBox(try ListeningSocket(address: address, reuseAddress: true, reusePort: false))
    } catch {
      throw Reason(sentence: wayOut(of: error, asked))
    }
  }

  private func inherited(_ name: String) throws(Reason) -> [ListeningSocketBox] {
    let passed = inherited.filter { $0.name == name }
    guard !passed.isEmpty else {
      let names = Set(inherited.map(\.name)).sorted()
      guard names.isEmpty else {
        throw Reason(
          sentence: "systemd passed no socket of that name, only \(names.joined(separator: ", ")); see FileDescriptorName= in its unit")
      }
      throw Reason(
        sentence: handoverProblem
          ?? "systemd passed no sockets; start the daemon through its socket unit, with FileDescriptorName=\(name)")
    }
    var boxes: [ListeningSocketBox] = []
    for socket in passed {
      if let problem = socket.problem { throw Reason(sentence: "descriptor \(socket.descriptor) \(problem)") }
      let duplicate: OwnedDescriptor
      do throws(Errno) {
        duplicate = try Syscalls.duplicate(socket.descriptor, from: ServiceManager.firstInheritedDescriptor)
      } catch {
        throw Reason(sentence: "\(error)")
      }
      do throws(Errno) {
        boxes.append(ListeningSocketBox(try ListeningSocket(adopting: duplicate)))
      } catch {
        throw Reason(sentence: "what systemd passed is no listening stream socket; it needs ListenStream= in the socket unit")
      }
    }
    return boxes
  }

  /// What the errno of socket(2), bind(2) or listen(2) means to the operator who chose the address.
  private func wayOut(of error: Errno, _ address: ListenAddress) -> String {
    switch (error, address) {
    case (.fileExists, .unix(let path)):
      return "\(path) is there and is not a socket; choose another path or remove it"
    case (.addressInUse, .unix(let path)):
      return "another process answers on \(path); choose another path or stop it"
    case (.addressInUse, .tcp(let host, let port)):
      if let own = current.first(where: { $0.port == Int(port) && Self.overlap($0, host) }) {
        return "this process listens on \(own) already, which takes the same port; restart it to change between the two"
      }
      return "port \(port) is in use by another process; choose another address or stop it"
    case (.permissionDenied, .tcp(_, let port)) where port < 1024:
      return "ports below 1024 need a privilege; choose a higher one, or have systemd pass the socket (systemd:NAME)"
    case (.permissionDenied, .unix(let path)), (.noSuchFileOrDirectory, .unix(let path)), (.readOnlyFileSystem, .unix(let path)):
      return "\(error) for the directory of \(path); make it, and writable for this user\(Confinement.hint(path, error.rawValue))"
    case (.addressNotAvailable, .tcp):
      return "no interface of this machine has that address; see ip address"
    default:
      return "\(error)"
    }
  }
}

extension ListenerOpener {
  /// Whether two listeners of one port stand in each other's way: the same address, or all of them.
  fileprivate static func overlap(_ own: SocketAddress, _ host: String) -> Bool {
    ["", "::", "0.0.0.0", own.host].contains(host) || ["::", "0.0.0.0"].contains(own.host)
  }
}

/// Addresses that could not be listened on.
struct ListenFailure: Error {
  let diagnostics: [Diagnostic]
}
