// The socket that those who ask connect to: a path that is ours alone, or an abstract name.

import Glibc
import Reactor
import SystemPackage

/// A control socket that listens. A path is removed with it, if it still is this socket's.
final class ControlListener {
  private let path: ListeningSocket?
  private let abstract: OwnedDescriptor?
  /// What the kernel knows it by.
  let descriptor: Int32

  /// Connections that wait in the kernel's queue.
  private static let backlog: Int32 = 64

  /// Throws EADDRINUSE where another process listens, EEXIST for a path that is not a socket, EACCES, ENOENT (bind(2)).
  init(_ address: ControlAddress) throws(Errno) {
    guard let socketAddress = address.socketAddress else { throw .fileNameTooLong }
    switch address {
    case .path(let text):
      let socket = try ListeningSocket(address: socketAddress, reuseAddress: false, reusePort: false, backlog: Self.backlog)
      try? Syscalls.changeMode(text, 0o600)
      descriptor = socket.descriptor.rawValue
      path = consume socket
      abstract = nil
    case .abstract:
      let socket = try Syscalls.socket(family: AF_UNIX)
      let number = socket.rawValue
      try Syscalls.bind(number, socketAddress)
      try Syscalls.listen(number, backlog: Self.backlog)
      descriptor = number
      path = nil
      abstract = consume socket
    }
  }
}
