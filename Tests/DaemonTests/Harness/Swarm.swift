// Many keep-alive clients on one thread: each asks again and again over a connection it keeps, and the swarm counts what came back.
// Bounded by the number of requests, or by a flag that the test sets.

import Foundation
import Synchronization

/// A client may find a connection it kept closed by the server; it then asks again over a new one, as RFC 9112 §9.3.1 lets it.
/// Anything else that is no complete answer is a failure.
final class Swarm: Sendable {
  struct Outcome: Sendable {
    var answers: [Int: Int] = [:]
    var failures: [String] = []
    var reconnects = 0
  }

  private let stopping = Atomic<Bool>(false)
  private let answered = Atomic<Int>(0)
  private let done = NSCondition()
  private let outcome = Mutex<Outcome?>(nil)

  /// - Parameters:
  ///   - paths: asked for in turn.
  ///   - requestsEach: after so many answers a client is content; it keeps its connection until all are.
  init(port: Int, clients: Int, paths: [String], requestsEach: Int = .max, within seconds: TimeInterval = 2 * patience) {
    let requests = paths.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
    let deadline = Date(timeIntervalSinceNow: seconds)
    Thread { [self] in
      var run = Run(port: port, requests: requests, clients: clients, requestsEach: requestsEach)
      run.loop(stopping: { stopping.load(ordering: .relaxed) || Date() >= deadline }) {
        answered.store($0, ordering: .relaxed)
        done.withLock { done.broadcast() }
      }
      outcome.withLock { $0 = run.outcome }
      done.withLock { done.broadcast() }
    }.start()
  }

  /// Waits until so many answers have come.
  func waitForAnswers(_ count: Int, within seconds: TimeInterval = patience) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return done.withLock {
      while answered.load(ordering: .relaxed) < count {
        if !done.wait(until: deadline) { return false }
      }
      return true
    }
  }

  /// Lets every request under way finish and closes the connections.
  func stop() throws -> Outcome {
    stopping.store(true, ordering: .relaxed)
    return try finish()
  }

  /// Waits until every client is content.
  func finish(within seconds: TimeInterval = 3 * patience) throws -> Outcome {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return try done.withLock {
      while true {
        if let outcome = outcome.withLock({ $0 }) { return outcome }
        guard done.wait(until: deadline) else {
          throw HarnessError("clients still wait after \(answered.load(ordering: .relaxed)) answers")
        }
      }
    }
  }
}

private struct Run {
  private struct Client {
    var connection: RawClient?
    var answersOnConnection = 0
    var answers = 0
    var received: [UInt8] = []
    var isWaiting = false
    var retries = 0
  }

  let port: Int
  let requests: [String]
  let requestsEach: Int
  private var clients: [Client]
  var outcome = Swarm.Outcome()
  private var total = 0

  init(port: Int, requests: [String], clients: Int, requestsEach: Int) {
    self.port = port
    self.requests = requests
    self.requestsEach = requestsEach
    self.clients = Array(repeating: Client(), count: clients)
  }

  mutating func loop(stopping: () -> Bool, progress: (Int) -> Void) {
    for index in clients.indices { ask(index) }
    while clients.contains(where: \.isWaiting) {
      let polled = clients.indices.filter { clients[$0].connection != nil }
      var entries = polled.map { pollfd(fd: clients[$0].connection!.descriptor, events: Int16(POLLIN), revents: 0) }
      let ready = poll(&entries, nfds_t(entries.count), Int32(patience * 1_000))
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else {
        outcome.failures.append("\(clients.count(where: \.isWaiting)) clients wait in vain")
        break
      }
      let stop = stopping()
      let before = total
      for (position, index) in polled.enumerated() where entries[position].revents != 0 { read(index, thenAsk: !stop) }
      if total != before { progress(total) }
    }
  }

  private mutating func ask(_ index: Int) {
    do {
      if clients[index].connection == nil {
        clients[index].connection = try RawClient(port: port)
        clients[index].answersOnConnection = 0
      }
      clients[index].received.removeAll(keepingCapacity: true)
      clients[index].isWaiting = true
      try clients[index].connection!.send(requests[(index + clients[index].answers) % requests.count])
    } catch {
      lose(index, "\(error)")
    }
  }

  private mutating func read(_ index: Int, thenAsk asks: Bool) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(clients[index].connection!.descriptor, &buffer, buffer.count, 0)
    if count < 0 && errno == EINTR { return }
    guard count > 0 else {
      lose(index, count == 0 ? "closed after \(clients[index].received.count) bytes" : String(cString: strerror(errno)))
      return
    }
    guard clients[index].isWaiting else {
      outcome.failures.append("bytes nobody asked for: \(String(decoding: buffer[..<count], as: UTF8.self))")
      clients[index].connection = nil
      return
    }
    clients[index].received.append(contentsOf: buffer[..<count])
    guard let (status, closes) = Run.completeAnswer(clients[index].received) else { return }
    clients[index].isWaiting = false
    clients[index].retries = 0
    clients[index].answers += 1
    clients[index].answersOnConnection += 1
    outcome.answers[status, default: 0] += 1
    total += 1
    if closes { clients[index].connection = nil }
    if asks && clients[index].answers < requestsEach { ask(index) }
  }

  private mutating func lose(_ index: Int, _ reason: String) {
    let client = clients[index]
    clients[index].connection = nil
    guard client.isWaiting else { return }
    clients[index].isWaiting = false
    // A connection that answered before may have been closed just as the request went out: ask again, over a new one.
    guard client.answersOnConnection > 0, client.received.isEmpty, client.retries < 3 else {
      outcome.failures.append("request \(client.answersOnConnection + 1) of its connection: \(reason)")
      return
    }
    outcome.reconnects += 1
    clients[index].retries += 1
    ask(index)
  }

  /// The status of an answer that is complete by its Content-Length, and whether the server closes.
  private static func completeAnswer(_ bytes: [UInt8]) -> (status: Int, closes: Bool)? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased().components(separatedBy: "\r\n")
    let status = Int(lines[0].dropFirst(9).prefix(3)) ?? 0
    let length = lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
    guard let length, bytes.count >= end.upperBound + length else { return nil }
    return (status, lines.contains { $0.hasPrefix("connection:") && $0.contains("close") })
  }
}
