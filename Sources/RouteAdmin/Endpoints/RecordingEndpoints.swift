// What the stores of recordings hold.

import AsyncHTTPServer
import Glibc
import HTTPRoutes
import JSONText
import Reactor
import Recordings
import SystemPackage

enum RecordingEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/recordings", "The stores of recordings with the latest of what they hold.",
      parameters: [AdminParameter("limit", .integer, "Recordings of each store, 0 to 1000; 100 by default.")],
      answers: [.json(.object([.init("stores", .array(of: storeShape))]), "The stores."), .problem(400, "The limit is not a number.")],
      action: { request, context in
        let limit = try request.integer("limit", in: 0...1000) ?? 100
        let roots = roots(context)
        let stores = await BackgroundThread.run { roots.map { store($0, limit: limit) } }
        return .json(.object(["stores": .array(stores)]))
      }),
    AdminEndpoint(
      "GET", "/recordings/{file}", "One recording, by the file of its head or body in its store.",
      answers: [.json(.named("Recording"), "The recording."), .problem(404, "No store has this file.")],
      action: { request, context in
        let (roots, file) = (roots(context), request.pathParameters["file"] ?? "")
        guard let found = await BackgroundThread.run({ detail(of: file, in: roots) }) else {
          throw AdminProblem(404, "no recording has this file; /recordings lists them")
        }
        return .json(found)
      }),
  ]

  /// Bytes that are shown of a body.
  private static let maxBodySize = 65_536

  /// The stores of the routes, in their order, each once.
  private static func roots(_ context: AdminContext) -> [String] {
    var roots: [String] = []
    for recordings in context.source.serving.settings.routes.flatMap(\.answer.recordings) where !roots.contains(recordings.root) {
      roots.append(recordings.root)
    }
    return roots
  }

  /// Reads every head of a store: blocks.
  private static func store(_ root: String, limit: Int) -> JSONValue {
    do throws(RecordingFault) {
      let exchanges = try RecordingInventory.exchanges(in: root)
      let latest = exchanges.sorted { $0.recordedAt > $1.recordedAt }.prefix(limit)
      return .object([
        "store": .string(root), "count": .integer(exchanges.count),
        "bytes": .integer(Int(clamping: exchanges.reduce(0) { $0 &+ $1.size })), "recordings": .array(latest.map { .object(json($0)) }),
        "problem": .null,
      ])
    } catch {
      return .object([
        "store": .string(root), "count": .integer(0), "bytes": .integer(0), "recordings": .array([]),
        "problem": .string(error.description),
      ])
    }
  }

  private static func json(_ exchange: StoredExchange) -> JSONObject {
    JSONObject([
      ("key", .strings(exchange.key)), ("request", exchange.request.map { .string($0) } ?? .null),
      ("status", .integer(orNull: exchange.status)), ("bytes", .integer(Int(clamping: exchange.size))),
      ("recorded", JSONTime.value(milliseconds: exchange.recordedAt.multipliedReportingOverflow(by: 1000).partialValue)),
      ("head", exchange.headPath.map { .string($0) } ?? .null), ("body", exchange.bodyPath.map { .string($0) } ?? .null),
      ("damage", exchange.damage.map { .string($0) } ?? .null),
    ])
  }

  /// Blocks. Only files that an inventory lists are read, so no name leads out of a store.
  private static func detail(of file: String, in roots: [String]) -> JSONValue? {
    for root in roots {
      guard let exchanges = try? RecordingInventory.exchanges(in: root),
        let exchange = exchanges.first(where: { $0.headPath == file || $0.bodyPath == file })
      else { continue }
      var members = json(exchange)
      members.set("store", to: .string(root))
      members.set("head_text", to: RecordingInventory.headText(exchange).map { .string($0) } ?? .null)
      let octets = exchange.bodyPath.flatMap { body($0, in: root) }
      members.set("body_text", to: octets.flatMap { String(validating: $0, as: UTF8.self) }.map { .string($0) } ?? .null)
      members.set("body_cut", to: .bool(exchange.size > Int64(maxBodySize)))
      return .object(members)
    }
    return nil
  }

  /// The first octets of a body, cut between two characters.
  private static func body(_ path: String, in root: String) -> [UInt8]? {
    guard let root = try? Syscalls.openDirectory(root),
      let file = try? Syscalls.openBeneath(root.rawValue, path, flags: O_RDONLY | O_NONBLOCK)
    else { return nil }
    var octets = [UInt8](repeating: 0, count: maxBodySize)
    var count = 0
    while count < octets.count {
      let read = octets.withUnsafeMutableBytes { buffer -> Int in
        (try? Syscalls.read(file.rawValue, at: Int64(count), into: .init(rebasing: buffer[count...]))) ?? 0
      }
      if read == 0 { break }
      count += read
    }
    octets.removeLast(octets.count - count)
    // At most three octets of a character that was cut.
    if count == maxBodySize {
      for _ in 0..<3 where String(validating: octets, as: UTF8.self) == nil { octets.removeLast() }
    }
    return octets
  }

  private static let members: [AdminShape.Member] = [
    .init("key", .array(of: .string)), .init("request", .nullable(.string)), .init("status", .nullable(.integer)),
    .init("bytes", .integer), .init("recorded", .time), .init("head", .nullable(.string)), .init("body", .nullable(.string)),
    .init("damage", .nullable(.string)),
  ]

  private static let storeShape = AdminShape.object([
    .init("store", .string), .init("count", .integer), .init("bytes", .integer), .init("recordings", .array(of: .object(members))),
    .init("problem", .nullable(.string)),
  ])

  static let shape = AdminShape.object(
    members + [
      .init("store", .string), .init("head_text", .nullable(.string)), .init("body_text", .nullable(.string)), .init("body_cut", .boolean),
    ])
}
