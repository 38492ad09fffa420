// Every limit and deadline of a server in one value, each with its reason.

public import Logging

/// How a server listens, what it accepts and how long it waits. Values out of range count as the nearest that make
/// sense: a size below zero is zero, a duration below a millisecond is one, and one above ten years is ten years.
public struct ServerConfiguration: Sendable {
  /// Whether an address in TIME_WAIT may be bound again at once (SO_REUSEADDR, socket(7)). Default true.
  public var reuseAddress = true
  /// Whether several sockets may share one port (SO_REUSEPORT, socket(7)). Default false.
  public var reusePort = false
  /// Threads that serve, at least one. Default nil: one per core the process may use (sched_getaffinity(2)).
  public var workers: Int?
  /// Connections the kernel queues before they are accepted (listen(2)); it caps this at net.core.somaxconn. Default
  /// 4096.
  public var backlog = 4096

  /// The largest request body, in bytes; a larger one is answered 413. Default 8 MiB, as the ancestor's.
  public var maxBodySize = 8_388_608
  /// The longest request line, in bytes; a longer one is answered 414. Default 8 KiB, what RFC 9112 §3 recommends.
  public var maxRequestLineSize = 8192
  /// The largest head (request line and fields), in bytes; a larger one is answered 431. Default 32 KiB.
  public var maxHeadSize = 32_768
  /// The most field lines; more are answered 431. Default 100.
  public var maxFieldCount = 100
  /// The most connections that `serve` has at once, on top of what the descriptors allow; `acceptRequest` is not bound
  /// by it. Default nil: the descriptors alone decide.
  public var maxConnections: Int?
  /// A cap on the descriptors of the process, below RLIMIT_NOFILE. Default nil: RLIMIT_NOFILE.
  public var maxDescriptors: Int?
  /// The limit that is assumed where RLIMIT_NOFILE is unknown. Default 16,000, as the ancestor's.
  public var maxDescriptorsFallback = 16_000

  /// From the first byte of a head to its last; then 408. Also how long a new connection may stay silent. Default 10 s.
  public var headTimeout = Duration.seconds(10)
  /// The longest a body may go without a kilobyte of progress; then 408. Default 30 s.
  public var bodyTimeout = Duration.seconds(30)
  /// How long an idle connection is kept. Default 75 s, which outlives the 60 s of nginx's own upstream connections, so
  /// that it is nginx that closes first and no request meets a closing connection.
  public var keepAliveTimeout = Duration.seconds(75)
  /// The longest a client may take nothing of what waits for it; then the connection is reset. Default 30 s.
  public var writeTimeout = Duration.seconds(30)
  /// The longest a handler may go without beginning its answer; then 503, and its task is cancelled. Default nil: no
  /// limit.
  public var handlerTimeout: Duration?

  /// The proxies whose word on the client's address is believed. Default: none.
  public var trustedProxies = TrustedProxies()
  /// Where each request is recorded, if anywhere. Default nil: nowhere. With one, each request has an id: that of a
  /// trusted proxy's X-Request-ID, or a new one, which the answer has as its X-Request-ID and the line of the log too.
  public var accessLog: AccessLog?
  /// Whose observers hear of each answered request, after the access log.
  package var observers: [any RequestObserverSource] = []
  /// Where the server reports what an operator can act on. Default: a logger labelled `AsyncHTTPServer`, of whatever
  /// system the program has set up. At the level debug, as `reconfigure` finds it, an event for each request is logged
  /// too, and requests have ids as with an access log.
  public var logger = Logger(label: "AsyncHTTPServer")

  /// The defaults.
  public init() {}
}
