// Entries as they come.

import HTTPCore
import JSONText
import Synchronization
import Testing

@testable import RouteAdmin

@Suite struct JournalFeedTests {
  @Test func `a long poll is answered when an entry fits`() async throws {
    try await JournalSite.with([.get("/1")]) { site in
      async let reply = site.ask("GET /requests?after=1&wait=30s&path=/wanted")
      site.add(.get("/other"))
      // It sees what came before it was asked, and waits on for what it wants.
      site.add(.get("/wanted"))
      let answered = try await reply
      #expect(try answered.ids == [3])
    }
  }

  @Test func `a long poll without an entry is over when its time is`() async throws {
    try await JournalSite.with([.get("/1")]) { site in
      let reply = try await site.ask("GET /requests?after=1&wait=1ms")
      #expect(try reply.status == 200 && reply.ids == [])
      // What is there already is not waited for.
      #expect(try await site.ask("GET /requests?after=0&wait=60s").ids == [1])
    }
  }

  @Test func `an event stream goes on behind the last event`() async throws {
    try await JournalSite.with([.get("/1"), .get("/2", status: 404), .get("/3")]) { site in
      let fields = ["Accept: text/event-stream", "Last-Event-ID: 1"]
      let text = try await site.read("GET /requests?status=2xx", fields) { $0.contains("id: 3") && $0.hasSuffix("\n\n") }.text
      #expect(text.contains("Content-Type: text/event-stream"))
      #expect(text.contains("\n\nid: 3\ndata: {\"id\":3,") && !text.contains("id: 2\n") && !text.contains("id: 1\n"))
    }
  }

  @Test func `an event stream begins with what comes, unless it is told from where`() async throws {
    try await JournalSite.with([.get("/1"), .get("/2")]) { site in
      let first = try await site.read("GET /requests?after=0", ["Accept: text/event-stream"]) { $0.contains("id: 2\n") }.text
      #expect(first.contains("id: 1\n"))
      let added = Once()
      let later = try await site.read("GET /requests", ["Accept: text/event-stream"]) { text in
        // The stream has begun, so that what comes now is new to it.
        if text.contains(": the journal"), added.isFirst { site.add(.get("/3")) }
        return text.contains("id: 3\n")
      }.text
      #expect(!later.contains("id: 2\n"))
    }
  }

  @Test func `a stream that lost entries says so`() async throws {
    try await JournalSite.with((1...5).map { .get("/\($0)") }, entries: 2) { site in
      let text = try await site.read("GET /requests", ["Accept: text/event-stream", "Last-Event-ID: 1"]) { $0.contains("id: 5\n") }.text
      #expect(text.contains("event: lost\nid: 3\ndata: {\"lost\":2}\n\nid: 4\n"))
    }
  }

  @Test func `feeds are few, so that others are answered`() async throws {
    try await JournalSite.with { site in
      let places = (0..<JournalFeed.maxFeeds).compactMap { _ in site.journal.takeFeed() ? true : nil }
      #expect(places.count == JournalFeed.maxFeeds)
      let stream = try await site.ask("GET /requests", ["Accept: text/event-stream"])
      #expect(stream.status == 503 && stream.head.contains("Retry-After: "))
      #expect(try await site.ask("GET /requests?wait=1s").status == 503)
      #expect(try await site.ask("GET /requests").status == 200)
      site.journal.giveBackFeed()
      #expect(try await site.ask("GET /requests?wait=1ms").status == 200)
      #expect(try await site.ask("GET /requests?wait=1ms").status == 200)
    }
  }
}

/// Says true once.
private final class Once: Sendable {
  private let isUsed = Mutex(false)

  var isFirst: Bool {
    isUsed.withLock { isUsed in
      defer { isUsed = true }
      return !isUsed
    }
  }
}
