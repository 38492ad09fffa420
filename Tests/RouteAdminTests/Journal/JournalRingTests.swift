// The ring: what it keeps, what it drops, and what it says of that.

import HTTPCore
import HTTPRoutes
import Testing

@testable import RouteAdmin

@Suite struct JournalRingTests {
  private static let size = Told.get("/1").withPieces { $0.size }

  private func fill(_ ring: inout JournalRing, _ targets: some Sequence<String>) {
    for target in targets { Told.get(target).withPieces { ring.append($0) } }
  }

  private func targets(_ ring: borrowing JournalRing) -> [String] {
    (ring.firstID..<ring.nextID).compactMap { id in
      ring.withRecord(id) { KeptExchange(id: id, record: $0) }.map { kept in
        String(decoding: kept.head.split(separator: 0x20)[1], as: UTF8.self)
      }
    }
  }

  @Test func `ids rise by one, and the number of entries is bounded`() {
    var ring = JournalRing(maxEntries: 3, maxBytes: 1 << 20)
    fill(&ring, (1...5).map { "/\($0)" })
    #expect(ring.firstID == 3 && ring.nextID == 6 && ring.count == 3)
    #expect(targets(ring) == ["/3", "/4", "/5"])
    #expect(ring.lost() == 2 && ring.lost(after: 1) == 1 && ring.lost(after: 4) == 0)
    let gone = ring.withRecord(2) { _ in true }
    let coming = ring.withRecord(6) { _ in true }
    #expect(gone == nil && coming == nil)
  }

  @Test func `octets are bounded, whatever the sizes`() {
    for capacity in [Self.size, 2 * Self.size + 8, 10 * Self.size, 4_000] {
      var ring = JournalRing(maxEntries: 100, maxBytes: capacity)
      var expected: [String] = []
      for number in 0..<300 {
        let target = "/\(number)" + String(repeating: "x", count: number * 37 % 120)
        fill(&ring, [target])
        expected.append(target)
        #expect(ring.usedBytes <= capacity)
        let kept = targets(ring)
        #expect(kept == expected.suffix(kept.count))
      }
    }
  }

  @Test func `a record that never fits is lost with those before it`() {
    var ring = JournalRing(maxEntries: 10, maxBytes: 4 * Self.size)
    fill(&ring, ["/1", "/2", "/" + String(repeating: "x", count: 4 * Self.size)])
    #expect(ring.count == 0 && ring.nextID == 4 && ring.lost() == 3 && ring.usedBytes == 0)
    fill(&ring, ["/4"])
    #expect(targets(ring) == ["/4"])
  }

  @Test func `what an operator deletes is not lost`() {
    var ring = JournalRing(maxEntries: 2, maxBytes: 1 << 20)
    fill(&ring, ["/1", "/2", "/3"])
    #expect(ring.lost() == 1)
    ring.removeAll()
    #expect(ring.count == 0 && ring.lost() == 0 && ring.usedBytes == 0)
    fill(&ring, ["/4", "/5", "/6"])
    #expect(targets(ring) == ["/5", "/6"])
    #expect(ring.lost() == 1 && ring.lost(after: 1) == 1 && ring.lost(after: 4) == 0)
  }

  @Test func `memory stays bounded over many requests`() throws {
    let journal = try Journal([], entries: 100, bytes: 1 << 16)
    let writer = journal.makeWriter()
    let told = Told.get("/some/path?with=a&query=b")
    told.withPieces { pieces in
      for _ in 0..<200_000 { writer.write(pieces) }
    }
    let figures = journal.figures
    #expect(figures.entries == 100 && figures.bytes <= 1 << 16 && figures.lost == 199_900)
  }
}

@Suite struct JournalTests {
  @Test func `records of several workers are in the order of their time`() throws {
    let journal = try Journal([])
    let writers = [journal.makeWriter(), journal.makeWriter()]
    for time in [3, 1, 4, 2] {
      var told = Told.get("/\(time)")
      told.endedAt = Int64(time) * 1_000_000
      told.withPieces { writers[time % 2].write($0) }
    }
    // Each worker writes in the order of its own time.
    let targets = journal.ids.compactMap { journal.exchange($0) }.map { ShownExchange($0, journal.redaction).targetText }
    #expect(targets == ["/1", "/2", "/3", "/4"])
  }

  @Test func `a record larger than a batch is kept, behind those before it`() throws {
    var large = Told.post("/large", String(repeating: "x", count: RecordBatch.capacity))
    large.answerBody = String(repeating: "y", count: 1_000)
    let journal = try Journal([.get("/small"), large, .get("/last")])
    let shown = journal.ids.compactMap { journal.exchange($0) }.map { ShownExchange($0, journal.redaction) }
    #expect(shown.map(\.targetText) == ["/small", "/large", "/last"])
    #expect(shown[1].request.body.count == RecordBatch.capacity && shown[1].answer.body.count == 1_000)
  }

  @Test func `other bounds make a new journal, other secrets do not`() throws {
    let journal = try Journal([.get("/", "X-Secret: hush-hush")])
    var settings = JournalSettings()
    settings.bytes = 1 << 20
    settings.redactHeaders = ["x-secret"]
    #expect(journal.adopting(settings) === journal)
    let shown = try ShownExchange(#require(journal.exchange(journal.ids.lowerBound)), journal.redaction)
    #expect(shown.request.value("x-secret") == "[redacted]")
    settings.entries = 5
    #expect(journal.adopting(settings) !== journal)
  }
}
