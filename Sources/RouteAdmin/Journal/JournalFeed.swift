// Entries as they come: a long poll and an event stream. Neither holds a thread, and neither costs a request anything:
// both look whether there is something new, ten times a second, in a pause that ends with the client and with the
// server.

import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import JSONText
import Reactor

/// The entries behind an id, for one client.
struct JournalFeed: Sendable {
  private let journal: Journal
  private let query: JournalQuery
  private let request: Request

  /// Clients that wait at a time: each has a connection of the admin listener, which has eight.
  static let maxFeeds = 4

  /// Between two looks for new entries.
  private static let look: Milliseconds = 100
  /// A stream says that it lives where it has nothing else to say, so that proxies and clients keep it.
  private static let sign: Milliseconds = 15_000
  /// Octets of events that are made before the client takes some.
  private static let maxPiece = 65_536

  init(_ journal: Journal, _ query: JournalQuery, _ request: Request) {
    self.journal = journal
    self.query = query
    self.request = request
  }

  // MARK: Long poll

  /// Waits until an entry fits, as long as the query says. False when the server drains. Throws CancellationError when
  /// the client goes, and a problem with 503 where others wait already.
  func waitForEntry() async throws -> Bool {
    try takePlace()
    defer { journal.giveBackFeed() }
    var looked = query.after ?? 0
    var waited: Milliseconds = 0
    let wait = query.wait.inMilliseconds
    while true {
      let upper = journal.ids.upperBound
      if upper - 1 > looked {
        var newer = query
        (newer.after, newer.limit) = (looked, 1)
        if await !journal.find(newer, on: request.reactor, { _ in true }).found.isEmpty { return true }
        looked = upper - 1
      }
      guard waited < wait else { return true }
      let pause = min(Self.look, wait - waited)
      guard try await request.pause(milliseconds: pause) else { return false }
      waited += pause
    }
  }

  // MARK: Event stream

  private static let lastEventID = HTTPField.Name("Last-Event-ID")!  // a token

  /// A stream of events: those behind Last-Event-ID or `after`, or from now on. Throws a problem with 503 where others
  /// wait already.
  func response() throws(AdminProblem) -> Response {
    // The place is taken where it can be given back: in the stream, which a HEAD does not have.
    guard journal.hasRoomForFeed else { throw Self.noRoom }
    return Response(.ok, .stream { writer in try await stream(to: writer) }, headers: [.contentType: "text/event-stream"])
  }

  private static var noRoom: AdminProblem {
    var problem = AdminProblem(503, "\(maxFeeds) clients wait for entries already, which is as many as may; ask again without \"wait\"")
    problem.headers[.retryAfter] = "5"
    return problem
  }

  private func takePlace() throws(AdminProblem) {
    guard journal.takeFeed() else { throw Self.noRoom }
  }

  private func stream(to writer: ResponseWriter) async throws {
    // Another may have taken it since; an empty stream has its client come again.
    guard journal.takeFeed() else { return try await writer.write("retry: 5000\n\n") }
    defer { journal.giveBackFeed() }
    let last = request.headers[Self.lastEventID].flatMap { Int($0) }
    var position = last ?? query.after ?? journal.ids.upperBound - 1
    try await writer.write("retry: 1000\n: the journal\n\n")
    var quiet: Milliseconds = 0
    while true {
      let (octets, isWhole) = await events(behind: &position)
      if !octets.isEmpty {
        // A client that reads slowly holds this up, and misses what makes room for others meanwhile.
        try await writer.write(octets)
        quiet = 0
      } else if quiet >= Self.sign {
        try await writer.write(": nothing new\n\n")
        quiet = 0
      }
      guard isWhole else { continue }
      guard try await request.pause(milliseconds: Self.look) else { return }
      quiet += Self.look
    }
  }

  /// What there is to tell behind an id, which moves on; and whether that is all of it.
  private func events(behind position: inout Int) async -> (octets: [UInt8], isWhole: Bool) {
    let ids = journal.ids
    var octets: [UInt8] = []
    // An id from before a restart of the process is one that this journal has not reached.
    if position >= ids.upperBound { position = ids.lowerBound - 1 }
    if position < ids.lowerBound - 1 {
      let lost = journal.lost(after: position)
      position = ids.lowerBound - 1
      if lost > 0 { octets += Array("event: lost\nid: \(position)\ndata: {\"lost\":\(lost)}\n\n".utf8) }
    }
    var last = ids.upperBound - 1
    var isWhole = true
    var scan = JournalScan(journal, on: request.reactor)
    await scan.run((position + 1)..<ids.upperBound, query.filter) { shown in
      octets += Array("id: \(shown.id)\ndata: ".utf8)
      JSONWriter.append(shown.summary, to: &octets)
      octets += [0x0A, 0x0A]
      guard octets.count >= Self.maxPiece else { return true }
      (last, isWhole) = (shown.id, false)
      return false
    }
    position = last
    return (octets, isWhole)
  }
}
