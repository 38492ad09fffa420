// A question asked of every entry that is kept. Nothing is asked of what is redacted: a condition on it meets the mark
// in its place.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

/// One question to one journal.
struct Verification: Sendable {
  /// Entries that are shown where the number is not as expected.
  static let maxShown = 3

  private let question: RequestQuestion
  private let journal: Journal
  private let reactor: Reactor

  init(_ question: RequestQuestion, _ journal: Journal, on reactor: Reactor) {
    self.question = question
    self.journal = journal
    self.reactor = reactor
  }

  /// How many entries fit.
  nonisolated(nonsending) func counted() async -> Response {
    let (count, _, lost) = await fitting()
    return .json(.object(["count": .integer(count), "lost": .integer(lost)]))
  }

  /// Whether as many fit as are expected; if not, those that come nearest, and those that do fit.
  nonisolated(nonsending) func verified() async -> Response {
    let (count, newest, lost) = await fitting()
    let isVerified = question.times.contains(count)
    var members: [(name: String, value: JSONValue)] = [
      ("verified", .bool(isVerified)), ("count", .integer(count)), ("lost", .integer(lost)),
    ]
    guard !isVerified else { return .json(.object(JSONObject(members))) }
    let nearest = count < question.times.lowerBound ? await nearest() : []
    members += [("expected", .string(expectation)), ("nearest", .array(nearest)), ("fitting", .array(newest))]
    return .json(.object(JSONObject(members)), status: 422)
  }

  private var expectation: String {
    let (least, most) = (question.times.lowerBound, question.times.upperBound)
    if least == most { return "\(least)" }
    if most == .max { return "at least \(least)" }
    return least == 0 ? "at most \(most)" : "\(least) to \(most)"
  }

  /// The number of entries that fit, and the newest of them.
  private nonisolated(nonsending) func fitting() async -> (count: Int, newest: [JSONValue], lost: Int) {
    let ids = journal.ids
    let lost = journal.lost()
    var count = 0
    var newest: [JSONValue] = []
    var scan = JournalScan(journal, on: reactor)
    await scan.run(ids.reversed(), JournalFilter()) { shown in
      guard let request = PastRequest(shown), question.fits(request) else { return true }
      count += 1
      if newest.count < Self.maxShown { newest.append(shown.summary) }
      return true
    }
    return (count, newest, lost)
  }

  /// The entries that come nearest, each with what is otherwise; of equals the newest.
  private nonisolated(nonsending) func nearest() async -> [JSONValue] {
    let rules = journal.redaction
    var nearest: [(distance: Int, entry: JSONValue)] = []
    var scan = JournalScan(journal, on: reactor)
    await scan.run(journal.ids.reversed(), JournalFilter()) { shown in
      guard let request = PastRequest(shown), let (findings, distance) = question.miss(of: request) else { return true }
      guard nearest.count < Self.maxShown || distance < nearest[nearest.count - 1].distance else { return true }
      let place = nearest.firstIndex { distance < $0.distance } ?? nearest.count
      nearest.insert((distance, shown.summary(with: [("parts", NearMisses.parts(findings, rules))])), at: place)
      if nearest.count > Self.maxShown { nearest.removeLast() }
      return true
    }
    return nearest.map(\.entry)
  }
}

extension PastRequest {
  /// The request of an entry, as it is shown. Nil where it was none.
  init?(_ shown: ShownExchange) {
    guard !shown.header.isMalformed, let client = shown.client else { return nil }
    self.init(head: shown.headOctets, body: shown.request.body, client: client, time: shown.time.seconds)
  }
}
