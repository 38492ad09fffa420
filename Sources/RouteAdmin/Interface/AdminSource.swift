// What the admin listener asks of the process that it is part of.

package import AsyncHTTPServer
package import HTTPRoutes

/// The process, as the admin listener sees it. Every member may be asked from any thread.
package protocol AdminSource: AnyObject, Sendable {
  /// The version of the program, its process id, and when it started.
  var program: ProgramFacts { get }
  /// What serves at this moment.
  var serving: ServingFacts { get }
  /// What the server for clients has done and holds.
  var serverMetrics: ServerMetrics { get }
  /// The descriptors of the process.
  var descriptors: DescriptorFacts { get }
  /// Lines that the log and the access log have lost.
  var droppedLines: DroppedLines { get }
  /// The last reloads, newest first; at most `ReloadRecord.maxKept`.
  var reloads: [ReloadRecord] { get }
  /// Reloads that were refused since the start.
  var refusedReloads: Int { get }

  /// Reloads, and returns once that is over; nil while the process drains.
  func reload() async -> ReloadRecord?
  /// Brings what routes remember back to the start: of these routes and states, or of all. The names of what was reset;
  /// where one is unknown or failed, a sentence for each.
  func reset(_ ids: [String]) async -> Result<[String], ResetProblems>
}

/// What does not change while the process lives.
package struct ProgramFacts: Sendable {
  package let version: String
  package let processID: Int32
  /// Seconds and milliseconds since 1970, by the system's clock.
  package let startedMilliseconds: Int64

  package init(version: String, processID: Int32, startedMilliseconds: Int64) {
    self.version = version
    self.processID = processID
    self.startedMilliseconds = startedMilliseconds
  }
}

/// What serves at a moment: replaced whole by a reload.
package struct ServingFacts: Sendable {
  package let settings: Settings
  package let table: RouteTable
  /// Reloads that took effect since the start.
  package let generation: Int
  /// Where clients connect, as text.
  package let addresses: [String]
  /// The main file, or what stands for it.
  package let configuration: String
  /// Whether the process is about to end: requests in flight are answered, and no others.
  package let isDraining: Bool

  package init(
    settings: Settings, table: RouteTable, generation: Int, addresses: [String], configuration: String, isDraining: Bool
  ) {
    self.settings = settings
    self.table = table
    self.generation = generation
    self.addresses = addresses
    self.configuration = configuration
    self.isDraining = isDraining
  }
}

/// The descriptors of the process.
package struct DescriptorFacts: Sendable {
  /// Open now; nil where /proc cannot be read.
  package let open: Int?
  /// What the server for clients may use.
  package let limit: Int
  /// Kept for the admin listener, beyond the limit.
  package let reserved: Int

  package init(open: Int?, limit: Int, reserved: Int) {
    self.open = open
    self.limit = limit
    self.reserved = reserved
  }
}

/// Lines that were not written, since the start.
package struct DroppedLines: Sendable {
  package let log: Int
  package let accessLog: Int

  package init(log: Int, accessLog: Int) {
    self.log = log
    self.accessLog = accessLog
  }
}

/// Why not everything was reset.
package struct ResetProblems: Error, Sendable {
  /// Whether a name is not one of a route or a state, and so nothing was reset.
  package let hasUnknownNames: Bool
  /// A sentence for each.
  package let sentences: [String]

  package init(hasUnknownNames: Bool, sentences: [String]) {
    self.hasUnknownNames = hasUnknownNames
    self.sentences = sentences
  }
}
