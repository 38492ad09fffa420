// Settings as the server takes them.

import AsyncHTTPServer
import HTTPRoutes
import Logging
import Reactor
import SystemPackage

extension ServerConfiguration {
  init(_ settings: Settings, accessLog: AccessLog?, observers: [any RequestObserverSource], logger: Logger) {
    self.init()
    workers = settings.workers
    maxBodySize = Int(settings.limits.body)
    maxHeadSize = settings.limits.head
    // A request line is part of the head, so it is never allowed to be longer.
    maxRequestLineSize = min(maxRequestLineSize, settings.limits.head)
    maxConnections = settings.limits.connections
    maxDescriptors = Self.clientDescriptors(settings)
    headTimeout = settings.timeouts.head
    bodyTimeout = settings.timeouts.body
    keepAliveTimeout = settings.timeouts.keepAlive
    writeTimeout = settings.timeouts.write
    trustedProxies = TrustedProxies(settings.trustedProxies)
    self.accessLog = accessLog
    self.observers = observers
    self.logger = logger
  }
}

extension TrustedProxies {
  init(_ proxies: [TrustedProxy]) {
    self.init()
    for proxy in proxies {
      switch proxy {
      case .unix: trustsUnixPeers = true
      case .cidr(let bytes, let prefix):
        let isTaken = trust("\(Self.text(bytes))/\(prefix)")
        precondition(isTaken, "settings hold checked networks")
      }
    }
  }

  /// The address in a form that inet_pton(3) reads.
  private static func text(_ bytes: [UInt8]) -> String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: bytes.count, by: 2)
      .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
  }
}

extension AccessLogSettings {
  /// Opens the log; `logger` is told of lines that it loses. Throws the errno of open(2).
  func open(logger: Logger) throws(Errno) -> AccessLog {
    try AccessLog(
      path: path == "-" ? nil : FilePath(path), format: format == .json ? .json : .combined,
      mode: mode.map { FilePermissions(rawValue: CModeT($0)) }, logger: logger)
  }
}
