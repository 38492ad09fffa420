// What a configuration says, checked and complete: every default filled in, every path resolved, nothing left to look
// up in the text. Values, never changed after loading; the route table and the daemon are built from them.

package import Reactor
package import YAMLDocument

/// The settings of a server.
package struct Settings: Sendable {
  package var listen: [ListenSettings] = [ListenSettings(.tcp(host: "127.0.0.1", port: 8080))]
  /// Reactor threads; nil for one per core.
  package var workers: Int?
  /// The peers whose word on the client's address is believed.
  package var trustedProxies: [TrustedProxy] = []
  package var limits = LimitSettings()
  package var timeouts = TimeoutSettings()
  package var log = LogSettings()
  /// Nil for no access log.
  package var accessLog: AccessLogSettings?
  /// Nil for no admin listener.
  package var admin: AdminSettings?
  package var unmatched = UnmatchedSettings()
  package var callbacks = CallbackPolicy()
  /// In the order of the file.
  package var states: [StateSettings] = []
  package var templates = TemplateSettings()
  /// In the order in which they are tried.
  package var routes: [RouteSettings] = []
  /// The `cors` of the main file's `defaults`: the rule for paths that no route has.
  package var cors: CORSOptions?
  /// The files that were read, the main file first.
  package var files: [String] = []
  /// What the file system said of them when they were read; none of text that was in memory.
  package var fileStatuses: [String: FileStatus] = [:]
  /// Whether there is nothing to serve and the main file does not say so, by `routes: []`: it is empty, has comments
  /// only, ends before its routes, or includes files that have none.
  package var saysNothing = false

  package init() {}
}

/// A state that routes share, and where the configuration declares it.
package struct StateSettings: Equatable, Sendable {
  package let definition: StateDefinition
  package let mark: SourceMark

  package init(_ definition: StateDefinition, mark: SourceMark) {
    self.definition = definition
    self.mark = mark
  }
}

/// One address to listen on, and where the configuration asks for it.
package struct ListenSettings: Equatable, Sendable {
  package let address: ListenAddress
  /// Nil for the default address.
  package let mark: SourceMark?

  package init(_ address: ListenAddress, mark: SourceMark? = nil) {
    self.address = address
    self.mark = mark
  }
}

package enum ListenAddress: Hashable, Sendable {
  /// An IPv4 or IPv6 address without brackets; an empty host is every interface, IPv4 and IPv6. Port 0 is any free
  /// port.
  case tcp(host: String, port: UInt16)
  /// A socket in the file system; at most 107 bytes.
  case unix(path: String)
  /// A socket that systemd passes, by its FileDescriptorName.
  case systemd(name: String)
}

extension ListenAddress: CustomStringConvertible {
  /// The spelling that the configuration has for it.
  package var description: String {
    switch self {
    case .tcp("", let port): "*:\(port)"
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    case .systemd(let name): "systemd:\(name)"
    }
  }
}

/// A peer behind which clients stand.
package enum TrustedProxy: Hashable, Sendable {
  /// The first `prefix` bits of a network; 4 or 16 bytes, zero beyond the prefix.
  case cidr(bytes: [UInt8], prefix: Int)
  /// Every peer of a UNIX domain socket.
  case unix
}

package struct LimitSettings: Equatable, Sendable {
  /// Nil: the descriptor budget alone decides.
  package var connections: Int?
  /// Nil: RLIMIT_NOFILE.
  package var descriptors: Int?
  package var descriptorsPerRequest = 5
  /// Bytes of a request body.
  package var body: Int64 = 8 << 20
  /// Bytes of a request head.
  package var head = 32 << 10

  package init() {}
}

package struct TimeoutSettings: Equatable, Sendable {
  /// From the first byte of a head to its last.
  package var head = Duration.seconds(10)
  /// Between two reads of a body.
  package var body = Duration.seconds(30)
  /// Of a connection between two requests.
  package var keepAlive = Duration.seconds(75)
  /// Between two writes that the client takes something of.
  package var write = Duration.seconds(30)
  /// For requests in flight when the server or a listener ends.
  package var drain = Duration.seconds(30)

  package init() {}
}

/// What a request that no route answers gets.
package struct UnmatchedSettings: Equatable, Sendable {
  /// Which clients learn the nearest routes.
  package enum Explanation: String, CaseIterable, Sendable {
    /// Those on this machine.
    case local
    case all, off
  }

  package var explain = Explanation.local
  package var status = 404

  package init() {}
}

package struct LogSettings: Equatable, Sendable {
  /// From least to most severe; names as swift-log has them.
  package enum Level: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical
  }

  package enum Format: String, CaseIterable, Sendable {
    case text, json
  }

  package var level = Level.info
  package var format = Format.text

  package init() {}
}

/// What templates are filled with.
package struct TemplateSettings: Equatable, Sendable {
  /// Has random data repeat from each start; nil for the system's.
  package var seed: UInt64?
  package var clock = TemplateClock.system

  package init() {}
}

package struct AccessLogSettings: Equatable, Sendable {
  package enum Format: String, CaseIterable, Sendable {
    case combined, json
  }

  /// A file, or `-` for standard output.
  package var path: String
  package var format = Format.combined
  /// That of a file which is created, exactly; nil: 0640, less the umask.
  package var mode: UInt32?

  package init(path: String) {
    self.path = path
  }
}
