// Listening sockets: made, or taken over from the parent process.

import CLinux
import Glibc
package import SystemPackage

/// A socket that accepts stream connections, and removes its path in the Unix domain when it closes.
package struct ListeningSocket: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor
  package let localAddress: SocketAddress
  /// Whether it was opened by another process, in which it may be open still.
  package let isInherited: Bool
  private let path: SocketPath?

  /// Connections the kernel may queue before they are accepted; it caps this at /proc/sys/net/core/somaxconn.
  package static let defaultBacklog: Int32 = 4096

  /// Binds and listens. With `address` the wildcard `::`, IPv4 clients come in too (IPV6_V6ONLY off); a kernel without
  /// IPv6 gets `0.0.0.0` instead. A socket at a Unix path without a listener is replaced; EEXIST where the path is
  /// not a socket.
  package init(address: SocketAddress, reuseAddress: Bool, reusePort: Bool, backlog: Int32 = defaultBacklog) throws(Errno) {
    var address = address
    let socket: OwnedDescriptor
    do throws(Errno) {
      socket = try Syscalls.socket(family: address.family)
    } catch {
      guard error == .addressFamilyNotSupported, address.isWildcard, let v4 = SocketAddress("0.0.0.0", port: UInt16(address.port ?? 0))
      else { throw error }
      address = v4
      socket = try Syscalls.socket(family: address.family)
    }
    var path: SocketPath?
    if let text = address.unixPath {
      path = try SocketPath.listen(socket.rawValue, address, text, backlog: backlog)
    } else {
      if reuseAddress { try Syscalls.setOption(socket.rawValue, level: SOL_SOCKET, name: SO_REUSEADDR, value: 1) }
      if reusePort { try Syscalls.setOption(socket.rawValue, level: SOL_SOCKET, name: SO_REUSEPORT, value: 1) }
      if address.family == AF_INET6 {
        try Syscalls.setOption(
          socket.rawValue, level: Int32(IPPROTO_IPV6), name: IPV6_V6ONLY, value: address.isWildcard ? 0 : 1)
      }
      try Syscalls.bind(socket.rawValue, address)
      try Self.sendAtOnce(socket.rawValue, address)
      try Syscalls.listen(socket.rawValue, backlog: backlog)
    }
    localAddress = try Syscalls.localAddress(socket.rawValue)
    isInherited = false
    self.path = path
    descriptor = socket
  }

  /// Takes over a socket that already listens (sd_listen_fds(3)). ENOTSOCK, or EINVAL when it does not listen for
  /// streams.
  package init(adopting socket: consuming OwnedDescriptor) throws(Errno) {
    guard try Syscalls.option(socket.rawValue, level: SOL_SOCKET, name: SO_TYPE) == Int32(SOCK_STREAM.rawValue),
      try Syscalls.option(socket.rawValue, level: SOL_SOCKET, name: SO_ACCEPTCONN) == 1
    else { throw Errno.invalidArgument }
    try Syscalls.adopt(socket.rawValue)
    let address = try Syscalls.localAddress(socket.rawValue)
    try Self.sendAtOnce(socket.rawValue, address)
    localAddress = address
    isInherited = true
    path = nil
    descriptor = socket
  }

  /// Answers are written whole, so waiting to fill a segment would only delay the last one. Accepted connections
  /// inherit the option, which is one system call for each of them saved. The Unix domain has no such thing.
  private static func sendAtOnce(_ socket: Int32, _ address: SocketAddress) throws(Errno) {
    if address.family != AF_UNIX { try Syscalls.setNoDelay(socket) }
  }

  deinit { path?.remove() }
}

extension SocketAddress {
  /// Whether this is `::`, every address of the machine.
  package var isWildcard: Bool { family == AF_INET6 && addressBytes.allSatisfy { $0 == 0 } }
}
