// The settings of the admin listener: where it listens, who may ask, and how much of the traffic it keeps.

import Glibc
package import JSONText

/// The listener for operators: metrics, the journal, reloads.
package struct AdminSettings: Equatable, Sendable {
  /// A socket in the file system or an address of TCP, never one of systemd; loopback unless there is a token.
  package var listen: ListenSettings
  /// What `Authorization: Bearer` has to carry, 16 to 256 characters; nil: nothing is asked for.
  package var token: String?
  /// Nil: no request is kept.
  package var journal: JournalSettings? = JournalSettings()

  /// Connections of the admin listener at a time.
  package static let maxConnections = 8
  /// Descriptors beside those of connections: the listener, its event loop and what an answer opens.
  private static let ownDescriptors = 8

  package init(listen: ListenSettings, token: String? = nil) {
    self.listen = listen
    self.token = token
  }

  /// How many of the process's descriptors are kept from clients, so that the admin listener has some when they have
  /// taken all others: 16, or an eighth of the limit where that is less.
  package static func reservedDescriptors(of limit: Int) -> Int { min(maxConnections + ownDescriptors, max(0, limit) / 8) }

  /// Settings are the same wherever in the file they stand.
  package static func == (one: AdminSettings, other: AdminSettings) -> Bool {
    one.listen.address == other.listen.address && one.token == other.token && one.journal == other.journal
  }

  /// The listener for clients that takes the same address, or the same port of every interface.
  package func conflict(with listeners: [ListenSettings]) -> ListenSettings? {
    listeners.first { $0.address.overlaps(listen.address) }
  }
}

/// What is kept of requests, and how much.
package struct JournalSettings: Equatable, Sendable {
  package var entries = 1000
  /// Of all entries together.
  package var bytes: Int64 = 16 << 20
  /// Octets of each body.
  package var bodies = 64 << 10
  /// Names of fields in small letters, whose values are never shown.
  package var redactHeaders = Self.usualSecrets
  /// What is never shown of a body of JSON.
  package var redactJSON: [JSONPath] = []

  package static let usualSecrets = ["authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key"]

  package init() {}

  package static func == (one: JournalSettings, other: JournalSettings) -> Bool {
    one.entries == other.entries && one.bytes == other.bytes && one.bodies == other.bodies && one.redactHeaders == other.redactHeaders
      && one.redactJSON.map(\.text) == other.redactJSON.map(\.text)
  }
}

extension ListenAddress {
  /// Whether only this machine reaches it: a socket in the file system, 127.0.0.0/8 or ::1.
  package var isLocal: Bool {
    switch self {
    case .unix: true
    case .systemd: false
    case .tcp(let host, _):
      switch AddressSpelling.bytes(of: host) {
      case let bytes? where bytes.count == 4: bytes[0] == 127
      case let bytes?: bytes == [UInt8](repeating: 0, count: 15) + [1]
      case nil: false
      }
    }
  }

  /// Whether the two cannot be listened on together: the same address, or one port where one of them is every
  /// interface. Port 0 is any free port, so it is never in the way.
  func overlaps(_ other: ListenAddress) -> Bool {
    guard case .tcp(let host, let port) = self, case .tcp(let otherHost, let otherPort) = other else { return self == other }
    guard port == otherPort, port != 0 else { return false }
    let everywhere = ["", "0.0.0.0", "::"]
    return host == otherHost || everywhere.contains(host) || everywhere.contains(otherHost)
  }
}
