// Answers that travel as the configuration says, over real sockets.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import SystemPackage
import Testing

@testable import HTTPRoutes

@Suite struct DeliveryPlanTests {
  private static let text = String(repeating: "0123456789", count: 100)

  // MARK: delay and throttle

  @Test func `an answer waits for the delay that is drawn`() async throws {
    let yaml = "routes: [{path: /, text: a, delay: {between: [0s, 100ms]}}]"
    try await Site.with(yaml, numbers: ListedNumbers(fractions: [0.5])) { (site, _) async throws in
      let start = ContinuousClock.now
      #expect(try await site.get("/").text == "a")
      #expect(ContinuousClock.now - start >= .milliseconds(50))
    }
  }

  @Test func `a request says how long it waits`() async throws {
    try await Site.with("routes: [{path: \"/{id}\", text: a, delay: \"{{query.wait}}\"}]") { (site, _) async throws in
      let start = ContinuousClock.now
      #expect(try await site.get("/1?wait=40ms").text == "a")
      #expect(ContinuousClock.now - start >= .milliseconds(40))
      #expect(try await site.get("/1").text == "a")
    }
  }

  @Test(arguments: ["soon", "2h", "-1s", "80", "1e9h"])
  func `a delay that is none is answered 500, and the log names the route`(wait: String) async throws {
    let log = KeptLog()
    try await Site.with("routes: [{path: /, id: slow, text: a, delay: \"{{query.wait}}\"}]", log: log) { (site, _) async throws in
      let reply = try await site.get("/?wait=\(wait)")
      #expect(reply.status == 500)
      #expect(reply.text.contains("is not a delay from 0s to 1h"))
    }
    #expect(log.lines.contains { $0.level == .error && $0.metadata["route"] == "slow" })
  }

  @Test func `a recording waits as long as its upstream took, a file without a head does not`() async throws {
    let yaml = "routes: [{path: /**, proxy_to_file: ROOT/store, delay: recorded}]"
    try await Site.with(
      yaml,
      prepare: { files in
        try files.write("old", to: "store/slow.txt")
        try files.write("status: 200\nduration: 60ms\nbody: {file: slow.txt}\n", to: "store/slow.head.yaml")
        try files.write("new", to: "store/fast.txt")
      }
    ) { (site, _) async throws in
      #expect(try await site.get("/fast.txt").text == "new")
      let start = ContinuousClock.now
      #expect(try await site.get("/slow").text == "old")
      #expect(ContinuousClock.now - start >= .milliseconds(60))
    }
  }

  @Test(arguments: ["text: \"\(text)\"", "static: ROOT/file.txt", "proxy_to_file: ROOT"])
  func `a throttle holds back the body of every kind of answer`(kind: String) async throws {
    let yaml = "routes: [{path: /**, \(kind), throttle: 4KiB}]"
    try await Site.with(yaml, prepare: { try $0.write(Self.text, to: "file.txt") }) { (site, _) async throws in
      let start = ContinuousClock.now
      #expect(try await site.get("/file.txt").text == Self.text)
      // 1,000 octets at 4,096 a second, and the clock of the reactor counts whole milliseconds.
      #expect(ContinuousClock.now - start >= .milliseconds(200))
    }
  }

  // MARK: fault

  @Test func `a fault takes the place of the answer`() async throws {
    let yaml = """
      routes:
        - {path: /reset, fault: reset}
        - {path: /empty, text: a, fault: empty}
        - {path: /garbage, text: a, fault: garbage}
      """
    let log = KeptLog()
    try await Site.with(yaml, log: log) { (site, _) async throws in
      #expect(await site.octets("/reset") == .failure(.connectionReset))
      #expect(await site.octets("/empty") == .success([]))
      let garbage = try await site.octets("/garbage").get()
      #expect(!garbage.isEmpty && !garbage.starts(with: Array("HTTP".utf8)))
    }
    let faults = log.lines.filter { $0.level == .info }.compactMap { $0.metadata["fault"] }
    #expect(faults == ["fault reset", "fault empty", "fault garbage"])
  }

  @Test(arguments: ["text: \"\(text)\"", "static: ROOT/file.txt", "proxy_to_file: ROOT"])
  func `a fault breaks off the body of every kind of answer`(kind: String) async throws {
    let yaml = """
      routes:
        - {path: /half/**, \(kind), fault: {truncate: 50%}}
        - {path: /size/**, \(kind), fault: {truncate: 10B}}
        - {path: /chunk/**, \(kind), fault: malformed_chunk}
      """
    try await Site.with(yaml, prepare: { try $0.write(Self.text, to: "file.txt") }) { (site, _) async throws in
      let half = String(decoding: try await site.octets("/half/file.txt").get(), as: UTF8.self)
      #expect(half.hasPrefix("HTTP/1.1 200 ") && half.contains("Content-Length: 1000\r\n"))
      #expect(half.hasSuffix("\r\n\r\n" + Self.text.prefix(500)))
      let size = String(decoding: try await site.octets("/size/file.txt").get(), as: UTF8.self)
      #expect(size.hasSuffix("\r\n\r\n0123456789"))
      let chunk = String(decoding: try await site.octets("/chunk/file.txt").get(), as: UTF8.self)
      #expect(chunk.contains("Transfer-Encoding: chunked\r\n") && !chunk.hasSuffix("0\r\n\r\n"))
    }
  }

  // MARK: faults

  private static let faults = """
    routes:
      - path: /
        id: shop
        text: fine
        faults:
          - {rate: 5%, status: 503, headers: {Retry-After: "2"}}
          - {rate: 1%, fault: reset}
          - {rate: 10%, delay: 30ms}
    """

  @Test func `each fault is drawn for in turn, and the first that hits befalls the answer`() async throws {
    let log = KeptLog()
    // Three draws where none hits or the last does, fewer where an earlier one does.
    let numbers = ListedNumbers(fractions: [0.06, 0.5, 0.5] + [0.04] + [0.06, 0.005] + [0.9, 0.9, 0.09])
    let outcomes = OutcomeObserver()
    try await Site.with(Self.faults, numbers: numbers, log: log, observers: [outcomes]) { (site, _) async throws in
      #expect(try await site.get("/").text == "fine")
      let busy = try await site.get("/")
      #expect(busy.status == 503 && busy["Retry-After"] == "2" && busy.text == "503 Service Unavailable\n")
      #expect(await site.octets("/") == .failure(.connectionReset))
      let start = ContinuousClock.now
      #expect(try await site.get("/").text == "fine")
      #expect(ContinuousClock.now - start >= .milliseconds(30))
      let counts = site.table.faultCounts
      #expect(counts.map(\.route) == ["shop"])
      #expect(
        counts.first?.counts == [
          FaultCounts.Count(label: "5% status 503", hits: 1), FaultCounts.Count(label: "1% fault reset", hits: 1),
          FaultCounts.Count(label: "10% delay 30ms", hits: 1),
        ])
    }
    let hits = log.lines.filter { $0.level == .info && $0.metadata["route"] == "shop" }.compactMap { $0.metadata["fault"] }
    #expect(hits == ["5% status 503", "1% fault reset", "10% delay 30ms"])
    #expect(outcomes.outcomes == [nil, "fault", "fault", "fault"])
  }

  @Test func `the faults of defaults befall routes of every kind that have none of their own`() async throws {
    let yaml = """
      defaults: {faults: [{rate: 100%, json: {error: busy}, status: 500}]}
      routes:
        - {path: /file.txt, static: ROOT/file.txt}
        - {path: /moved, redirect: /}
        - {path: /spared, text: a, faults: ~}
      """
    try await Site.with(yaml, prepare: { try $0.write("a", to: "file.txt") }) { (site, _) async throws in
      for path in ["/file.txt", "/moved"] {
        let reply = try await site.get(path)
        #expect(reply.status == 500 && reply.text == "{\"error\":\"busy\"}" && reply["Content-Type"] == "application/json")
      }
      #expect(try await site.get("/spared").text == "a")
    }
  }

  @Test func `a fault that only slows down leaves the rest to the route`() async throws {
    let yaml = """
      routes:
        - {path: /, text: "\(Self.text)", fault: {truncate: 10B}, faults: [{rate: 100%, throttle: 1MiB}]}
      """
    try await Site.with(yaml) { (site, _) async throws in
      let text = String(decoding: try await site.octets("/").get(), as: UTF8.self)
      #expect(text.hasSuffix("\r\n\r\n0123456789"))
    }
  }

  @Test func `counts go on after a reload as long as the faults are the same`() async throws {
    let numbers = ListedNumbers(fractions: [0])
    func table(_ yaml: String, replacing old: RouteTable? = nil) throws -> RouteTable {
      let settings = try #require(SettingsLoader.load(text: yaml, fileName: "routes.yaml", environment: [:]).settings)
      return RouteTable(settings: settings, replacing: old, numbers: numbers)
    }
    let first = try table(Self.faults)
    first.faultCounts.first?.count("5% status 503")
    let second = try table(Self.faults, replacing: first)
    #expect(second.faultCounts.first?.counts.map(\.hits) == [1, 0, 0])
    let third = try table(Self.faults.replacing("5%", with: "6%"), replacing: second)
    #expect(third.faultCounts.first?.counts.map(\.hits) == [0, 0, 0])
    #expect(third.states.begunAnew == ["shop"])
  }

  @Test func `a route without any of it has no plan`() throws {
    let settings = try #require(
      SettingsLoader.load(text: "routes: [{path: /, text: a, delay: 0s}]", fileName: "routes.yaml", environment: [:]).settings)
    let table = RouteTable(settings: settings)
    #expect(table.routes[0].plan == nil && table.routes[0].borrowedAnswer != nil)
    #expect(table.faultCounts.isEmpty)
  }
}

/// The outcomes of answered requests, in order.
private final class OutcomeObserver: RequestObserver, RequestObserverSource {
  private let kept = KeptLines<String?>()

  var outcomes: [String?] { kept.lines }

  func makeObserver(on reactor: Reactor) -> any RequestObserver { self }

  func requestAnswered(
    _ answer: AnsweredRequest, _ head: borrowing RequestHead, bytes: Span<UInt8>, _ content: ExchangeContent
  ) {
    kept.append(answer.outcome?.description)
  }

  func malformedRequestAnswered(_ answer: AnsweredRequest, read bytes: Span<UInt8>) {}
}
