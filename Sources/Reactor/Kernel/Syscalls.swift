// The one door to the kernel. Every wrapper is the function of its manual page, throws the errno, and is repeated
// when a signal interrupts it (close(2) excepted: on Linux the descriptor is gone even then). Calls that would block
// answer nil, so that "not now" is a value and not an error.

import CLinux
package import Glibc
package import SystemPackage

package enum Syscalls {
  /// Runs a call that answers -1 on failure; EINTR repeats it.
  @inline(__always)
  static func call<R: FixedWidthInteger & SignedInteger>(_ name: SyscallName, _ body: () -> R) throws(Errno) -> R {
    while true {
      #if DEBUG
      if let failure = FaultInjection.failure(of: name) {
        if failure == .interrupted { continue }
        throw failure
      }
      #endif
      let result = body()
      if result != -1 { return result }
      let code = errno
      if code == EINTR { continue }
      throw Errno(rawValue: code)
    }
  }

  /// Runs a call whose EAGAIN means "nothing now": nil.
  @inline(__always)
  private static func callUnlessBlocked<R: FixedWidthInteger & SignedInteger>(_ name: SyscallName, _ body: () -> R) throws(Errno) -> R? {
    do throws(Errno) {
      return try call(name, body)
    } catch {
      if error == .resourceTemporarilyUnavailable { return nil }
      throw error
    }
  }

  // MARK: Sockets

  /// A connection taken from a listener's queue.
  package struct Accepted: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    package let peer: SocketAddress

    /// The connection's socket, which the caller owns from now on.
    package consuming func takeDescriptor() -> OwnedDescriptor { descriptor }
  }

  /// What a socket carries.
  package enum SocketKind: Sendable {
    case stream, datagram
  }

  /// socket(2), closed on exec, and non-blocking unless it is for a thread that may wait. EAFNOSUPPORT where the kernel
  /// lacks the family.
  package static func socket(family: Int32, _ kind: SocketKind = .stream, blocking: Bool = false) throws(Errno) -> OwnedDescriptor {
    let type = Int32((kind == .stream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
    let flags = Int32(SOCK_CLOEXEC.rawValue) | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
    return OwnedDescriptor(try call(.socket) { Glibc.socket(family, type | flags, 0) })
  }

  /// bind(2). EADDRINUSE, EACCES for ports below 1024, EADDRNOTAVAIL.
  package static func bind(_ socket: Int32, _ address: SocketAddress) throws(Errno) {
    _ = try address.withSockaddr { pointer, length throws(Errno) in try call(.bind) { Glibc.bind(socket, pointer, length) } }
  }

  /// connect(2). ECONNREFUSED without a listener.
  package static func connect(_ socket: Int32, _ address: SocketAddress) throws(Errno) {
    _ = try address.withSockaddr { pointer, length throws(Errno) in try call(.connect) { Glibc.connect(socket, pointer, length) } }
  }

  /// listen(2).
  package static func listen(_ socket: Int32, backlog: Int32) throws(Errno) {
    _ = try call(.listen) { Glibc.listen(socket, backlog) }
  }

  /// accept4(2); nil when no connection waits. EMFILE, ENFILE, ENOBUFS, ENOMEM when resources run out, ECONNABORTED
  /// and network errors for a connection that died in the queue.
  package static func accept(_ listener: Int32) throws(Errno) -> Accepted? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let accepted = try callUnlessBlocked(.accept4) {
      clinux_accept(listener, &storage, &length)
    }
    guard let accepted else { return nil }
    return Accepted(descriptor: OwnedDescriptor(accepted), peer: SocketAddress(storage, length: length))
  }

  /// recv(2); nil when nothing has arrived, 0 at the end of the stream. ECONNRESET.
  @inline(__always)
  package static func receive(_ socket: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
    try callUnlessBlocked(.recv) { clinux_recv(socket, buffer.baseAddress, buffer.count, 0) }
  }

  /// recv(2) with MSG_PEEK of one byte: nil when nothing has arrived, 0 at the end of the stream.
  package static func peek(_ socket: Int32) throws(Errno) -> Int? {
    var byte: UInt8 = 0
    return try callUnlessBlocked(.recv) { clinux_recv(socket, &byte, 1, Int32(MSG_PEEK)) }
  }

  /// send(2) without SIGPIPE; nil when the socket takes nothing now. EPIPE, ECONNRESET.
  @inline(__always)
  package static func send(_ socket: Int32, _ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(Errno) -> Int? {
    let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
    return try callUnlessBlocked(.send) { clinux_send(socket, bytes.baseAddress, bytes.count, flags) }
  }

  /// send(2) of one message without SIGPIPE; nil when the socket takes nothing now: at once where `waiting` is false,
  /// and else after the socket's own timeout.
  package static func send(_ socket: Int32, message: UnsafeRawBufferPointer, waiting: Bool) throws(Errno) -> Int? {
    let flags = Int32(MSG_NOSIGNAL) | (waiting ? 0 : Int32(MSG_DONTWAIT))
    return try callUnlessBlocked(.send) { clinux_send(socket, message.baseAddress, message.count, flags) }
  }

  /// sendfile(2) from `offset`, which moves on; nil when the socket takes nothing now, 0 when the file ends early.
  package static func sendFile(_ socket: Int32, file: Int32, offset: inout Int64, count: Int) throws(Errno) -> Int? {
    var position = offset
    let sent = try callUnlessBlocked(.sendfile) { clinux_sendfile(socket, file, &position, count) }
    offset = position
    return sent
  }

  /// Whether a connection waits in the queue of any of `listeners`, poll(2); false where it cannot tell.
  package static func isAnyReadable(_ listeners: [Int32]) -> Bool {
    var descriptors = listeners.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let count = try? call(.poll) { poll(&descriptors, nfds_t(descriptors.count), 0) }
    return count ?? 0 > 0
  }

  /// Waits until a descriptor can be written to, or tells why not when it is: poll(2). False when it cannot in so many
  /// milliseconds.
  static func awaitWritable(_ descriptor: Int32, milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let count = try? call(.poll) { poll(&entry, 1, milliseconds) }
    return count ?? 0 > 0
  }

  /// shutdown(2) of the sending side. ENOTCONN when the peer is gone.
  package static func shutdownSending(_ socket: Int32) throws(Errno) {
    _ = try call(.shutdown) { shutdown(socket, Int32(SHUT_WR)) }
  }

  /// setsockopt(2) of an integer option.
  package static func setOption(_ socket: Int32, level: Int32, name: Int32, value: Int32) throws(Errno) {
    var value = value
    _ = try call(.setsockopt) { setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) }
  }

  /// Sends small answers at once, TCP_NODELAY of tcp(7).
  package static func setNoDelay(_ socket: Int32) throws(Errno) {
    try setOption(socket, level: Int32(IPPROTO_TCP), name: TCP_NODELAY, value: 1)
  }

  /// Makes close(2) send a reset and drop what is queued, SO_LINGER of socket(7) with no time.
  package static func resetOnClose(_ socket: Int32) throws(Errno) {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = try call(.setsockopt) { setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size)) }
  }

  /// The direction of a socket that a timeout is for.
  package enum Direction: Sendable {
    case receiving, sending
  }

  /// How long a call on a blocking socket waits, SO_RCVTIMEO and SO_SNDTIMEO of socket(7): it answers nil then.
  package static func setTimeout(_ socket: Int32, _ direction: Direction, seconds: Int) throws(Errno) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let name = direction == .receiving ? SO_RCVTIMEO : SO_SNDTIMEO
    _ = try call(.setsockopt) { setsockopt(socket, SOL_SOCKET, name, &time, socklen_t(MemoryLayout<timeval>.size)) }
  }

  /// The process and user at the other end of a local socket, SO_PEERCRED of unix(7). For the connecting side it is the
  /// process that called listen(2).
  package static func peerCredentials(_ socket: Int32) throws(Errno) -> (processID: pid_t, userID: uid_t) {
    // struct ucred, which Glibc's headers show to GNU C only: pid, uid, gid.
    var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    _ = try call(.getsockopt) { getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) }
    return (credentials.0, credentials.1)
  }

  /// getsockopt(2) of an integer option. ENOTSOCK for a descriptor that is no socket.
  package static func option(_ socket: Int32, level: Int32, name: Int32) throws(Errno) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    _ = try call(.getsockopt) { getsockopt(socket, level, name, &value, &length) }
    return value
  }

  /// getsockname(2).
  package static func localAddress(_ socket: Int32) throws(Errno) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = try call(.getsockname) {
      withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
      }
    }
    return SocketAddress(storage, length: length)
  }

  // MARK: Readiness

  /// epoll_create1(2), closed on exec. EMFILE, ENFILE.
  package static func epollCreate() throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.epoll_create1) { clinux_epoll_create() })
  }

  /// epoll_ctl(2). ENOENT, EEXIST, ENOSPC at /proc/sys/fs/epoll/max_user_watches.
  @inline(__always)
  package static func epollControl(_ epoll: Int32, operation: Int32, descriptor: Int32, events: UInt32, data: UInt64) throws(Errno) {
    var event = clinux_epoll_event(events: events, data: data)
    _ = try call(.epoll_ctl) { clinux_epoll_ctl(epoll, operation, descriptor, &event) }
  }

  /// epoll_wait(2). An interrupting signal answers 0 events: signals arrive through signalfd, and the loop looks again.
  @inline(__always)
  static func epollWait(_ epoll: Int32, into events: UnsafeMutableBufferPointer<clinux_epoll_event>, timeoutMilliseconds: Int32)
    throws(Errno)
    -> Int
  {
    #if DEBUG
    if let failure = FaultInjection.failure(of: .epoll_wait) {
      if failure == .interrupted { return 0 }
      throw failure
    }
    #endif
    let count = clinux_epoll_wait(epoll, events.baseAddress, Int32(events.count), timeoutMilliseconds)
    if count >= 0 { return Int(count) }
    if errno == EINTR { return 0 }
    throw Errno(rawValue: errno)
  }

  /// eventfd(2), non-blocking.
  package static func eventDescriptor() throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.eventfd) { clinux_eventfd() })
  }

  /// signalfd(2) for signals that every thread blocks.
  package static func signalDescriptor(_ signals: [Int32]) throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.signalfd) { clinux_signalfd(signals, signals.count) })
  }

  // MARK: Files

  /// openat(2), closed on exec.
  package static func open(
    _ path: UnsafePointer<CChar>, at directory: Int32 = AT_FDCWD, flags: Int32, mode: UInt32 = 0
  ) throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.openat) { clinux_openat(directory, path, flags | clinux_o_cloexec, mode) })
  }

  /// openat2(2), closed on exec. `resolve` confines the walk: EXDEV when the path leaves `directory`, ELOOP at a
  /// refused link.
  package static func open(
    _ path: UnsafePointer<CChar>, beneath directory: Int32, flags: Int32, mode: UInt32 = 0, resolve: UInt64
  ) throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(
      try call(.openat2) {
        clinux_openat2(directory, path, UInt64(UInt32(bitPattern: flags | clinux_o_cloexec)), UInt64(mode), resolve)
      })
  }

  /// read(2); nil when a non-blocking descriptor has nothing, 0 at the end.
  package static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
    try callUnlessBlocked(.read) { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
  }

  /// pread(2); 0 at the end of the file.
  package static func read(_ descriptor: Int32, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try call(.pread) { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
  }

  /// write(2); nil when a non-blocking descriptor takes nothing now. ENOSPC, EDQUOT, EFBIG, EIO.
  package static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
    try callUnlessBlocked(.write) { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
  }

  /// fstat(2).
  package static func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try call(.fstat) { fstat(descriptor, &status) }
    return FileStatus(status)
  }

  /// fstatat(2). ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
  package static func status(_ path: UnsafePointer<CChar>, at directory: Int32 = AT_FDCWD, followLinks: Bool = true) throws(Errno)
    -> FileStatus
  {
    var status = stat()
    _ = try call(.fstatat) { fstatat(directory, path, &status, followLinks ? 0 : AT_SYMLINK_NOFOLLOW) }
    return FileStatus(status)
  }

  /// access(2): whether this user may do what `mode` says (R_OK, W_OK, X_OK); thrown if not. EACCES, ENOENT, ENOTDIR,
  /// ELOOP, EROFS.
  package static func checkAccess(_ path: String, _ mode: Int32) throws(Errno) {
    _ = try call(.access) { access(path, mode) }
  }

  /// fchmod(2). EPERM, EROFS.
  package static func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    _ = try call(.fchmod) { fchmod(descriptor, mode) }
  }

  /// chmod(2), fchmodat(2). EPERM, EROFS, ENOENT.
  package static func changeMode(_ path: String, _ mode: UInt32) throws(Errno) {
    _ = try call(.fchmodat) { fchmodat(AT_FDCWD, path, mode, 0) }
  }

  /// fsync(2). EIO, ENOSPC.
  package static func sync(_ descriptor: Int32) throws(Errno) {
    _ = try call(.fsync) { fsync(descriptor) }
  }

  /// renameat(2) within one directory.
  package static func rename(_ old: String, to new: String, at directory: Int32 = AT_FDCWD) throws(Errno) {
    _ = try call(.renameat) { renameat(directory, old, directory, new) }
  }

  /// unlinkat(2).
  package static func unlink(_ path: String, at directory: Int32 = AT_FDCWD) throws(Errno) {
    _ = try call(.unlinkat) { unlinkat(directory, path, 0) }
  }

  /// fcntl(2) with F_SETFL O_NONBLOCK and F_SETFD FD_CLOEXEC, for descriptors that came from elsewhere.
  package static func adopt(_ descriptor: Int32) throws(Errno) {
    let flags = try call(.fcntl) { clinux_fcntl(descriptor, F_GETFL, 0) }
    _ = try call(.fcntl) { clinux_fcntl(descriptor, F_SETFL, flags | clinux_o_nonblock) }
    _ = try call(.fcntl) { clinux_fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
  }

  /// fcntl(2) with F_SETFD FD_CLOEXEC, for a descriptor that a child must not hold.
  package static func closeOnExec(_ descriptor: Int32) throws(Errno) {
    _ = try call(.fcntl) { clinux_fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
  }

  /// fcntl(2) with F_DUPFD_CLOEXEC: the same open file under the lowest free number from `lowest` on. EMFILE.
  package static func duplicate(_ descriptor: Int32, from lowest: Int32) throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(try call(.fcntl) { clinux_fcntl(descriptor, F_DUPFD_CLOEXEC, lowest) })
  }

  /// kill(2) without a signal: whether there is such a process, of this user or another.
  package static func processExists(_ processID: pid_t) -> Bool {
    do throws(Errno) {
      _ = try call(.kill) { kill(processID, 0) }
      return true
    } catch {
      return error == .notPermitted
    }
  }

  /// fcntl(2) with F_SETFL: what waits for the descriptor blocks from now on.
  package static func setBlocking(_ descriptor: Int32) throws(Errno) {
    let flags = try call(.fcntl) { clinux_fcntl(descriptor, F_GETFL, 0) }
    _ = try call(.fcntl) { clinux_fcntl(descriptor, F_SETFL, flags & ~clinux_o_nonblock) }
  }

  /// TIOCGWINSZ of ioctl_tty(2): the columns of a terminal, 0 where it does not know them; nil for what is none.
  package static func terminalColumns(_ descriptor: Int32) -> Int? {
    (try? call(.ioctl) { clinux_terminal_columns(descriptor) }).map { Int($0) }
  }

  /// close(2), never repeated. EBADF here is our own defect: a descriptor was closed twice.
  static func close(_ descriptor: Int32) {
    if Glibc.close(descriptor) == -1 { precondition(errno != EBADF, "descriptor \(descriptor) was closed twice") }
    #if DEBUG
    // Whatever close(2) answers, the descriptor is gone: a scripted failure changes nothing, and is counted.
    _ = FaultInjection.failure(of: .close)
    #endif
    DescriptorWatch.descriptorClosed()
  }
}
