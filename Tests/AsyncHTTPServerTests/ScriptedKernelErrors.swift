// What each system call may answer: the ERRORS sections of the manual pages, man-pages 6, Linux.

#if DEBUG
import Glibc
import Reactor
import SystemPackage

/// The errnos of one call, by the page that lists them.
struct KernelErrors {
  let page: String
  let errors: [Errno]

  init(_ page: String, _ errors: Errno...) {
    self.page = page
    self.errors = errors
  }

  /// The calls the server makes, in the order of their names.
  static let table: [SyscallName: KernelErrors] = [
    .accept4: KernelErrors(
      "accept(2)", .resourceTemporarilyUnavailable, .badFileDescriptor, .connectionAbort, .badAddress, .interrupted, .invalidArgument,
      .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory, .notSocket, .notSupported, .notPermitted, .protocolError,
      .networkDown, .protocolNotAvailable, .hostIsDown, Errno(rawValue: ENONET), .noRouteToHost, .networkUnreachable, .timedOut),
    .bind: KernelErrors(
      "bind(2)", .permissionDenied, .addressInUse, .badFileDescriptor, .invalidArgument, .notSocket, .addressNotAvailable, .badAddress,
      .tooManySymbolicLinkLevels, .fileNameTooLong, .noSuchFileOrDirectory, .noMemory, .notDirectory, .readOnlyFileSystem),
    .close: KernelErrors("close(2)", .interrupted, .ioError, .noSpace, .diskQuotaExceeded),
    .connect: KernelErrors(
      "connect(2)", .permissionDenied, .notPermitted, .addressInUse, .addressNotAvailable, .addressFamilyNotSupported,
      .resourceTemporarilyUnavailable, .alreadyInProcess, .badFileDescriptor, .connectionRefused, .badAddress, .nowInProgress, .interrupted,
      .socketIsConnected, .networkUnreachable, .notSocket, Errno(rawValue: EPROTOTYPE), .timedOut),
    .epoll_create1: KernelErrors(
      "epoll_create(2)", .invalidArgument, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory),
    .epoll_ctl: KernelErrors(
      "epoll_ctl(2)", .badFileDescriptor, .fileExists, .invalidArgument, .tooManySymbolicLinkLevels, .noSuchFileOrDirectory, .noMemory,
      .noSpace, .notPermitted),
    // EBADF, EFAULT and EINVAL say that the loop itself is broken: a test of its own.
    .epoll_wait: KernelErrors("epoll_wait(2)", .interrupted),
    .eventfd: KernelErrors(
      "eventfd(2)", .invalidArgument, .tooManyOpenFiles, .tooManyOpenFilesInSystem, Errno(rawValue: ENODEV), .noMemory),
    .fcntl: KernelErrors(
      "fcntl(2)", .permissionDenied, .resourceTemporarilyUnavailable, .badFileDescriptor, .resourceBusy, .deadlock, .badAddress,
      .interrupted, .invalidArgument, .tooManyOpenFiles, .noLocks, .noSuchFileOrDirectory, .notPermitted),
    .flock: KernelErrors(
      "flock(2)", .badFileDescriptor, .interrupted, .invalidArgument, .noLocks, .resourceTemporarilyUnavailable),
    .fstat: KernelErrors("stat(2)", .badFileDescriptor, .badAddress, .noMemory, .overflow),
    .fstatat: KernelErrors(
      "stat(2)", .permissionDenied, .badFileDescriptor, .badAddress, .invalidArgument, .tooManySymbolicLinkLevels, .fileNameTooLong,
      .noSuchFileOrDirectory, .noMemory, .notDirectory, .overflow),
    .getrlimit: KernelErrors("getrlimit(2)", .badAddress, .invalidArgument, .notPermitted),
    .getsockname: KernelErrors("getsockname(2)", .badFileDescriptor, .badAddress, .invalidArgument, .noBufferSpace, .notSocket),
    .getsockopt: KernelErrors(
      "getsockopt(2)", .badFileDescriptor, .badAddress, .invalidArgument, .protocolNotAvailable, .notSocket),
    .listen: KernelErrors("listen(2)", .addressInUse, .badFileDescriptor, .notSocket, .notSupported),
    .openat: KernelErrors(
      "open(2)", .permissionDenied, .badFileDescriptor, .resourceBusy, .diskQuotaExceeded, .fileExists, .badAddress, .fileTooLarge,
      .interrupted, .invalidArgument, .isDirectory, .tooManySymbolicLinkLevels, .tooManyOpenFiles, .fileNameTooLong,
      .tooManyOpenFilesInSystem, Errno(rawValue: ENODEV), .noSuchFileOrDirectory, .noMemory, .noSpace, .notDirectory,
      .noSuchAddressOrDevice,
      .notSupported, .overflow, .notPermitted, .readOnlyFileSystem, .textFileBusy, .resourceTemporarilyUnavailable),
    .poll: KernelErrors("poll(2)", .badAddress, .interrupted, .invalidArgument, .noMemory),
    .read: KernelErrors(
      "read(2)", .resourceTemporarilyUnavailable, .badFileDescriptor, .badAddress, .interrupted, .invalidArgument, .ioError, .isDirectory),
    .recv: KernelErrors(
      "recv(2)", .resourceTemporarilyUnavailable, .badFileDescriptor, .connectionRefused, .badAddress, .interrupted, .invalidArgument,
      .noMemory, .socketNotConnected, .notSocket, .connectionReset, .timedOut),
    .send: KernelErrors(
      "send(2)", .permissionDenied, .resourceTemporarilyUnavailable, .alreadyInProcess, .badFileDescriptor, .connectionReset,
      Errno(rawValue: EDESTADDRREQ), .badAddress, .interrupted, .invalidArgument, .socketIsConnected, .messageTooLong, .noBufferSpace,
      .noMemory, .socketNotConnected, .notSocket, .notSupported, .brokenPipe),
    .sendfile: KernelErrors(
      "sendfile(2)", .resourceTemporarilyUnavailable, .badFileDescriptor, .badAddress, .invalidArgument, .ioError, .noMemory, .overflow,
      .illegalSeek),
    .setsockopt: KernelErrors(
      "setsockopt(2)", .badFileDescriptor, .badAddress, .invalidArgument, .protocolNotAvailable, .notSocket),
    .shutdown: KernelErrors("shutdown(2)", .badFileDescriptor, .invalidArgument, .socketNotConnected, .notSocket),
    .socket: KernelErrors(
      "socket(2)", .permissionDenied, .addressFamilyNotSupported, .invalidArgument, .tooManyOpenFiles, .tooManyOpenFilesInSystem,
      .noBufferSpace, .noMemory, .protocolNotSupported),
    .stat: KernelErrors(
      "stat(2)", .permissionDenied, .badAddress, .tooManySymbolicLinkLevels, .fileNameTooLong, .noSuchFileOrDirectory, .noMemory,
      .notDirectory, .overflow),
    .unlinkat: KernelErrors(
      "unlink(2)", .permissionDenied, .badFileDescriptor, .resourceBusy, .badAddress, .invalidArgument, .ioError, .isDirectory,
      .tooManySymbolicLinkLevels, .fileNameTooLong, .noSuchFileOrDirectory, .noMemory, .notDirectory, .notPermitted, .readOnlyFileSystem),
    .write: KernelErrors(
      "write(2)", .resourceTemporarilyUnavailable, .badFileDescriptor, Errno(rawValue: EDESTADDRREQ), .diskQuotaExceeded, .badAddress,
      .fileTooLarge, .interrupted, .invalidArgument, .ioError, .noSpace, .notPermitted, .brokenPipe),
  ]

  /// The calls that a wait of a second follows, so that fewer places are tried: accept4(2) with an error that only a defect explains
  /// is tried again after a second, and a connection whose sending side cannot be shut closes after two.
  static func ordinals(of call: SyscallName, _ error: Errno, atMost count: Int) -> Int {
    let isSlow =
      switch (call, error) {
      case (.accept4, .badFileDescriptor), (.accept4, .invalidArgument), (.accept4, .notSocket), (.accept4, .notSupported): true
      case (.shutdown, _): true
      default: false
      }
    return min(count, isSlow ? 1 : 40)
  }
}
#endif
