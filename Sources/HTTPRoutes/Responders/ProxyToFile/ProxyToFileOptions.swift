import Reactor
package import Recordings

/// `proxy_to_file`: recorded answers of another server, replayed from files.
package struct ProxyToFileOptions: ResponderOptions {
  package enum Mode: String, CaseIterable, Sendable {
    /// Answers from recordings alone; the network is never touched.
    case replay
    /// Fetches what is not recorded yet, and records it.
    case once
    /// As `once`, and fetches again what is older than `refreshAfter`; keeps the recording if the upstream fails.
    case refresh
    /// Fetches every time, and records.
    case record
    /// Fetches every time and records nothing.
    case passthrough
  }

  /// What tells two recordings of the same method and path apart.
  package struct Key: Equatable, Sendable {
    package typealias Query = RecordingKey.QueryChoice

    package enum Body: String, CaseIterable, Sendable {
      case none
      /// A digest of the request body.
      case hash
      /// A digest of the request body's meaning as JSON, or of its bytes where it is none.
      case json
    }

    package var query = Query.all
    /// Names of request fields, in lower case.
    package var headers: [String] = []
    package var body = Body.none

    package init() {}
  }

  /// Whose recordings answer whom. Credentials are Authorization, Cookie, and what else of a request `redactedHeaders`
  /// names.
  package typealias Credentials = CredentialsRule

  /// The answer where nothing is recorded and nothing can be fetched.
  package struct Miss: Equatable, Sendable {
    package var status = 404
    /// Nil for the JSON that says what was looked for.
    package var body: [UInt8]?
    package var contentType = "application/json"

    package init() {}
  }

  /// Which statuses are worth a recording: `2xx` or `404`.
  package struct StatusPattern: Equatable, Sendable {
    package let range: ClosedRange<Int>

    package init(_ range: ClosedRange<Int>) { self.range = range }

    package func matches(_ status: Int) -> Bool { range.contains(status) }
  }

  package static let kind = "proxy_to_file"

  /// The directory of the recordings; made when the first recording is.
  package var store: String
  /// An http or https URL without query and fragment. What `**` matched is appended to its path; the whole path is for
  /// a pattern that has parameters but no `**`; nothing for one that has neither. Nil never touches the network.
  package var upstream: String?
  package var mode: Mode
  package var key = Key()
  package var saveStatus = [StatusPattern(200...299), StatusPattern(404...404)]
  /// With mode `refresh`.
  package var refreshAfter = Duration.seconds(30 * 86_400)
  /// Names of fields, in lower case, whose values never reach a recording.
  package var redactedHeaders = ["authorization", "set-cookie"]
  /// Names of query parameters, decoded, whose values never reach a recording.
  package var redactedQuery: [String] = []
  package var credentials = Credentials.auto
  package var onMiss = Miss()
  /// PEM certificates that the upstream's has to lead to; nil for those of the system.
  package var caFile: String?
  /// Bytes of the store, beyond which the recordings that were not used for longest go. Routes that share a store each
  /// hold to their own.
  package var maxSize: Int64 = 2 << 30
  /// The longest body, in bytes, that is recorded; a longer one is a failure of the upstream. Nil bounds it by
  /// `maxSize` alone.
  package var maxBody: Int64?
  /// The longest wait for the upstream: for the connection, for the response's head, for the next piece of its body.
  package var timeout = Duration.seconds(30)

  package init(store: String, upstream: String? = nil, mode: Mode? = nil) {
    self.store = store
    self.upstream = upstream
    self.mode = mode ?? (upstream == nil ? .replay : .once)
  }

  /// Never none, which would be no time at all.
  var timeoutMilliseconds: Milliseconds { max(1, timeout.inMilliseconds) }

  var bodyLimit: Int64 { min(maxBody ?? maxSize, maxSize) }
  var bodyLimitName: String { bodyLimit == maxSize ? "max_size" : "max_body" }

  /// Recordings are of GET, and of requests with content where that tells them apart, unless the route says otherwise;
  /// a route that records nothing passes everything on.
  package var defaultMethods: [String]? {
    if mode == .passthrough { return nil }
    return key.body == .none ? ["GET"] : ["GET", "POST", "PUT", "PATCH", "DELETE"]
  }

  package var recordings: RecordingsUse? { RecordingsUse(root: store, isActive: mode != .passthrough) }

  package func changes(from old: Self) -> [String] {
    let changes =
      Self.change("store", old.store, store) + Self.change("upstream", old.upstream ?? "none", upstream ?? "none")
      + Self.change("mode", old.mode.rawValue, mode.rawValue)
      + Self.change("credentials", old.credentials.rawValue, credentials.rawValue)
    return changes.isEmpty && old != self ? ["proxy_to_file"] : changes
  }
}
