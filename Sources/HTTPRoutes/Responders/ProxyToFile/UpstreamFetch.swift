// The fetch behind a flight: from the upstream into the store and to the readers, whether or not they stay.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import Recordings
import Synchronization
import UpstreamClient

struct UpstreamFetch: Sendable {
  private let route: ProxyToFile
  private let upstreamRequest: UpstreamRequest
  private let requestLine: String
  private let sought: SoughtRecording
  private let flightKey: FlightKey
  private let reactor: Reactor
  private let budget: DescriptorBudget
  private let logger: Logger

  /// What is written to the file before other connections get their turn.
  private static let writeSize = 65_536
  /// Bytes of decoded content after which a response is passed on even if it may turn out too large.
  private static let heldBytes: Int64 = 1 << 20

  init(
    _ route: ProxyToFile, _ request: Request, _ kept: KeptRequest, _ sought: SoughtRecording, _ flightKey: FlightKey,
    _ content: RequestContent
  ) {
    self.route = route
    self.sought = sought
    self.flightKey = flightKey
    reactor = request.reactor
    budget = request.descriptorBudget
    logger = request.logger
    upstreamRequest = route.upstreamRequest(request, kept, content, asksForWhole: true)
    let method = String(decoding: request.headBytes[request.head.method], as: UTF8.self)
    requestLine = "\(method) \(route.redaction.readable(request.target.raw))"
  }

  /// Begins the fetch on the reactor of the request that caused it.
  func start(_ flight: Flight) {
    flight.start(
      Task(executorPreference: reactor) {
        let places = FetchPlaces(route.flights.line)
        let result = await places.enter(budget) ? await run(flight, places) : .failure(.cancelled)
        flight.end(result)
        route.flights.remove(flight, flightKey)
        places.leave()
      })
  }

  private func run(_ flight: Flight, _ places: FetchPlaces) async -> Result<Void, UpstreamError> {
    let began = reactor.now
    do throws(UpstreamError) {
      let exchange = try await UpstreamClients.client(on: reactor).get().fetchWaiting(upstreamRequest, on: reactor)
      // Neither a range nor a condition goes up (RFC 9110 sections 15.3.7 and 15.4.5).
      if exchange.status == 206 || exchange.status == 304 {
        return .failure(.malformed(upstream: upstreamRequest.origin, reason: "it answers \(exchange.status), which no request asked for"))
      }
      let length = exchange.isDecoded ? nil : exchange.contentLength
      let deadline = reactor.now + MissedRequest.patienceForContent
      let received = AnswerFields.permitted(exchange.headers, ofStatus: exchange.status)
      let fields = exchange.isDecoded ? AnswerFields.decoded(received) : received
      let audience = AnswerAudience(exchange.headers, credentials: route.redaction.credentials)
      let head = Flight.Head(
        status: exchange.status, fields: fields, contentLength: length, audience: audience,
        varied: sought.fields.map { audience.values(in: $0) } ?? [])
      let key = route.isWorthSaving(exchange.status) ? sought.key(for: audience) : nil
      // What is not to be recorded anyway has no bound.
      let limit = key == nil ? .max : route.options.bodyLimit
      if let length, length > limit { return .failure(tooLarge(announced: length)) }
      var recording = await makeRecording(key)
      if let recording { begin(recording, flight) } else { places.leave() }
      defer {
        if let recording {
          recording.abandon()
          route.context.states.recordings.end()
        }
      }
      var size: Int64 = 0
      var isBegun = false
      while true {
        if !isBegun, try await mayBegin(exchange, isHeld: exchange.isDecoded, size, deadline) {
          guard flight.begin(head, count: size) else { return .failure(.cancelled) }
          isBegun = true
        }
        guard let bytes = try await exchange.nextChunk() else { break }
        let start = size
        size += Int64(bytes.count)
        guard size <= limit else {
          let failure = tooLarge(announced: nil)
          if isBegun { log("\(failure.reason); clients get \(start) bytes of it and a broken connection") }
          return .failure(failure)
        }
        var rest = bytes
        if let current = recording { rest = await write(bytes, at: start, to: current, isBegun ? flight : nil) }
        if rest.isEmpty { continue }
        if recording != nil {
          // It has been given up, and the answer goes on without.
          recording = nil
          route.context.states.recordings.end()
          places.leave()
        }
        if !isBegun {
          guard flight.begin(head, count: size - Int64(rest.count)) else { return .failure(.cancelled) }
          isBegun = true
        }
        guard await flight.pass(rest) else { return .failure(.cancelled) }
      }
      if !isBegun, !flight.begin(head, count: size) { return .failure(.cancelled) }
      // Readers have the whole of it; what is left is the disk's business.
      flight.end(.success(()))
      if let finished = recording {
        recording = nil
        await publish(finished, exchange.status, fields, size, began)
        route.context.states.recordings.end()
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  /// Whether the head goes to the clients now. What fails before that is a 502 with a reason, and later a broken
  /// connection: so it waits for the first byte, and where a few bytes may stand for very many, until they are known to
  /// be no more than may be. Neither for long.
  private func mayBegin(
    _ exchange: UpstreamExchange, isHeld: Bool, _ size: Int64, _ deadline: Milliseconds
  ) async throws(UpstreamError) -> Bool {
    let patience = deadline > reactor.now ? deadline - reactor.now : 0
    if isHeld, size >= Self.heldBytes || patience == 0 { return true }
    return try await !exchange.untilContent(atMost: patience) || !isHeld
  }

  private func begin(_ recording: RecordingWriter, _ flight: Flight) {
    route.context.states.recordings.begin()
    flight.record(recording)
  }

  private func tooLarge(announced length: Int64?) -> UpstreamError {
    let key = route.options.bodyLimitName
    let size = length.map { "\($0) bytes, and \(key) is" } ?? "more than \(key),"
    return .other(
      upstream: upstreamRequest.origin,
      reason: "the response is too large to record: \(size) \(route.options.bodyLimit); raise \(key), or pass it on with mode: passthrough")
  }

  private func makeRecording(_ key: RecordingKey?) async -> RecordingWriter? {
    guard let key else { return nil }
    do throws(RecordingFault) {
      return try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(RecordingFault) in
        do throws(RecordingFault) {
          return try RecordingWriter(route.store, key, former: sought.former.requestLines, makingDirectories: false)
        } catch {
          guard error.isMissing else { throw error }
        }
        // A deep path is many directories.
        return try await BackgroundThread.run {
          [store = route.store, former = sought.former.requestLines] () -> Result<RecordingWriter, RecordingFault> in
          do throws(RecordingFault) {
            return .success(try RecordingWriter(store, key, former: former))
          } catch {
            return .failure(error)
          }
        }.get()
      }
    } catch {
      log(error.description)
      return nil
    }
  }

  /// Writes to the file, which readers of the flight see, and answers what could not be written.
  private func write(_ bytes: [UInt8], at start: Int64, to recording: RecordingWriter, _ flight: Flight?) async -> [UInt8] {
    var offset = 0
    while offset < bytes.count {
      let end = min(offset + Self.writeSize, bytes.count)
      let failure = bytes.withUnsafeBytes { buffer -> RecordingFault? in
        do throws(RecordingFault) {
          try recording.write(UnsafeRawBufferPointer(rebasing: buffer[offset..<end]), at: start + Int64(offset))
          return nil
        } catch {
          return error
        }
      }
      if let failure {
        giveUp(recording, failure.description)
        return Array(bytes[offset...])
      }
      flight?.advance(by: end - offset)
      offset = end
      if offset < bytes.count { await reactor.nextTurn() }
    }
    return []
  }

  private func giveUp(_ recording: RecordingWriter, _ reason: String) {
    log(reason)
    recording.abandon()
  }

  private func publish(
    _ recording: RecordingWriter, _ status: Int, _ fields: [FieldLine], _ size: Int64, _ began: Milliseconds
  ) async {
    var head = RecordingHead()
    head.request = requestLine
    head.status = status
    for field in fields {
      if route.redaction.redacts(field: field.name) {
        if !head.redacted.contains(field.name) { head.redacted.append(field.name) }
      } else {
        head.headers.append(field)
      }
    }
    head.recordedAt = reactor.wallClockSeconds
    head.upstream = route.redaction.readable(upstreamRequest.url)
    head.durationMilliseconds = Int64(reactor.now - began)
    let hasContent = size > 0 || (status != 204 && status != 205)
    let complete = head
    let store = route.store
    let maxSize = route.options.maxSize
    let activity = route.context.states.activity
    do throws(RecordingFault) {
      let evicted = try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(RecordingFault) in
        try await BackgroundThread.run { () -> Result<Int, RecordingFault> in
          do throws(RecordingFault) {
            let (headPath, growth) = try recording.publish(complete, hasContent: hasContent)
            let evicted = store.bound.published(headPath, adding: growth, maxSize: maxSize, root: store.root)
            activity.recorded(bytes: growth, evicting: evicted)
            return .success(evicted)
          } catch {
            return .failure(error)
          }
        }.get()
      }
      if evicted > 0 {
        logger.info("recordings evicted", metadata: ["store": "\(store.root)", "count": "\(evicted)", "max_size": "\(maxSize)"])
      }
    } catch {
      giveUp(recording, error.description)
    }
  }

  private func log(_ reason: String) {
    logger.error("not recorded", metadata: ["request": "\(requestLine)", "reason": "\(reason)"])
  }
}
