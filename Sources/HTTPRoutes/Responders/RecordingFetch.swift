// The fetch behind a flight: from the upstream into the store and to the readers, whether or not they stay.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import Synchronization
import UpstreamClient

struct RecordingFetch: Sendable {
  private let route: ProxyToFile
  private let upstreamRequest: UpstreamRequest
  private let requestLine: String
  private let key: RecordingKey
  private let reactor: Reactor
  private let budget: DescriptorBudget
  private let logger: Logger

  /// What is written to the file before other connections get their turn.
  private static let writeSize = 65_536

  init(_ route: ProxyToFile, _ request: Request, key: RecordingKey, body: [UInt8]?) {
    self.route = route
    self.key = key
    reactor = request.reactor
    budget = request.descriptorBudget
    logger = request.logger
    upstreamRequest = route.upstreamRequest(request, body: body, asksForWhole: true)
    let method = String(decoding: request.headBytes[request.head.method], as: UTF8.self)
    requestLine = "\(method) \(route.redaction.readable(request.target.raw))"
  }

  /// Begins the fetch on the reactor of the request that caused it.
  func start(_ flight: RecordingFlight) {
    Task(executorPreference: reactor) {
      await route.store.flights.enter()
      await ProxyDescriptors.shared.enter(budget)
      let result = await run(flight)
      flight.end(result)
      route.store.flights.remove(flight, key)
      ProxyDescriptors.shared.leave()
      route.store.flights.leave()
    }
  }

  private func run(_ flight: RecordingFlight) async -> Result<Void, UpstreamError> {
    let began = reactor.now
    do throws(UpstreamError) {
      let (exchange, isDecoded) = try await fetch()
      let announced = exchange.headers.first { FieldSyntax.equalIgnoringCase($0.0, "content-length") }.flatMap { Int64($0.1) }
      let length = isDecoded ? nil : announced
      let received = AnswerFields.permitted(exchange.headers, ofStatus: exchange.status)
      let fields = isDecoded ? AnswerFields.decoded(received) : received
      // What is not to be recorded anyway has no bound.
      let limit = route.isWorthSaving(exchange.status) ? route.options.bodyLimit : .max
      if let length, length > limit {
        exchange.cancel()
        return .failure(tooLarge(announced: length))
      }
      var recording = await makeRecording(exchange.status)
      flight.begin(.init(status: exchange.status, fields: fields, contentLength: length), recording: recording)
      defer { recording?.abandon() }
      var size: Int64 = 0
      while let bytes = try await exchange.nextChunk() {
        let start = size
        size += Int64(bytes.count)
        guard size <= limit else {
          exchange.cancel()
          let failure = tooLarge(announced: nil)
          log("\(failure.reason); clients get \(start) bytes of it and a broken connection")
          return .failure(failure)
        }
        var rest = bytes
        if let current = recording {
          rest = await write(bytes, at: start, to: current, flight)
          if !rest.isEmpty { recording = nil }
        }
        if !rest.isEmpty, await !flight.pass(rest) {
          exchange.cancel()
          return .failure(.cancelled)
        }
      }
      // Readers have the whole of it; what is left is the disk's business.
      flight.end(.success(()))
      if let finished = recording {
        recording = nil
        await publish(finished, exchange.status, fields, size, began)
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  /// The response, decoded where it came coded although it was asked for plain. A coding that cannot be decoded is fetched again as it comes,
  /// if asking twice does no harm.
  private func fetch() async throws(UpstreamError) -> (exchange: UpstreamExchange, isDecoded: Bool) {
    let client = try UpstreamClients.client(on: reactor).get()
    let exchange = try await client.fetchWaiting(upstreamRequest, on: reactor)
    guard let codings = AnswerFields.contentCodings(exchange.headers) else { return (exchange, false) }
    if client.decodes(codings) || upstreamRequest.method != "GET" { return (exchange, true) }
    exchange.cancel()
    var undecoded = upstreamRequest
    undecoded.decodesContent = false
    return (try await client.fetch(undecoded), false)
  }

  private func tooLarge(announced length: Int64?) -> UpstreamError {
    let key = route.options.bodyLimitName
    let size = length.map { "\($0) bytes, and \(key) is" } ?? "more than \(key),"
    return .other(
      upstream: upstreamRequest.origin,
      reason: "the response is too large to record: \(size) \(route.options.bodyLimit); raise \(key), or pass it on with mode: passthrough")
  }

  private func makeRecording(_ status: Int) async -> RecordingWriter? {
    guard route.isWorthSaving(status) else { return nil }
    do throws(RecordingFault) {
      return try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(RecordingFault) in
        try RecordingWriter(route.store, key)
      }
    } catch {
      log(error.description)
      return nil
    }
  }

  /// Writes to the file, and answers what could not be written.
  private func write(_ bytes: [UInt8], at start: Int64, to recording: RecordingWriter, _ flight: RecordingFlight) async -> [UInt8] {
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
      flight.advance(by: end - offset)
      offset = end
      if offset < bytes.count { await Task.yield() }
    }
    return []
  }

  private func giveUp(_ recording: RecordingWriter, _ reason: String) {
    log(reason)
    recording.abandon()
  }

  private func publish(
    _ recording: RecordingWriter, _ status: Int, _ fields: [(name: String, value: String)], _ size: Int64, _ began: Milliseconds
  ) async {
    var head = RecordingHead()
    head.request = requestLine
    head.status = status
    for field in fields {
      if route.redaction.redacts(field: field.name) {
        if !head.redacted.contains(field.name) { head.redacted.append(field.name) }
      } else {
        head.headers.append(.init(name: field.name, value: field.value))
      }
    }
    head.recordedAt = reactor.wallClockSeconds
    head.upstream = route.redaction.readable(upstreamRequest.url)
    head.durationMilliseconds = Int64(reactor.now - began)
    let hasContent = size > 0 || (status != 204 && status != 205)
    let complete = head
    let store = route.store
    let maxSize = route.options.maxSize
    do throws(RecordingFault) {
      let evicted = try await DescriptorShortage.retrying(on: reactor, { $0.isShortage }) { () throws(RecordingFault) in
        try await BackgroundThread.run { () -> Result<Int, RecordingFault> in
          do throws(RecordingFault) {
            let (headPath, growth) = try recording.publish(complete, hasContent: hasContent)
            return .success(store.bound.published(headPath, adding: growth, maxSize: maxSize, root: store.root))
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
