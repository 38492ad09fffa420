import ArgumentParser
import Glibc
import HTTPCore
import HTTPRoutes
import Recordings

/// `asynchttpd recordings`: the stores of a configuration's proxy_to_file routes, whether a daemon runs on them or not.
struct RecordingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recordings", abstract: "Look into the recordings of proxy_to_file routes, check them, remove some.",
    subcommands: [List.self, Show.self, Verify.self, Prune.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what is recorded: status, size, age, key, and where it lies.",
      discussion: "A status of - belongs to a recording that cannot be read; `verify` says why.")

    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let now = Int64(time(nil))
      for store in try RecordingsCommand.stores(configuration) {
        let rows = store.exchanges.map { exchange in
          [
            exchange.status.map { String($0) } ?? "-", String(exchange.size), RecordingsCommand.age(now - exchange.recordedAt),
            exchange.key.joined(separator: "; ").escapingControlCharacters,
            (exchange.headPath ?? exchange.bodyPath ?? "").escapingControlCharacters,
          ]
        }
        let total = store.exchanges.reduce(0) { $0 + $1.size }
        StandardStream.output.write("\(store.root): \(counted(rows.count, "recording")), \(total) bytes\n")
        if !rows.isEmpty { StandardStream.output.write(TextTable.render([["STATUS", "SIZE", "AGE", "KEY", "AT"]] + rows)) }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the head of a recording and say where its body is.",
      discussion: "Exits 1 where there is none, and where a path without its query has several, whose keys it lists.")

    @OptionGroup var configuration: ConfigurationOption

    @Argument(help: "A key such as \"GET /items?page=2\", the path in it, with or without the query, or a file of the store.")
    var recording: String

    func run() throws {
      let all = try RecordingsCommand.stores(configuration).flatMap(\.exchanges)
      var found = all.filter { $0.isNamed(recording) }
      if found.isEmpty {
        found = all.filter { $0.hasTarget(recording, withQuery: false) }
        if found.count > 1 { try refuse(found) }
      }
      guard !found.isEmpty else {
        StandardStream.error.write("asynchttpd: nothing is recorded as \"\(recording.escapingControlCharacters)\"\n")
        throw ExitCode.refused
      }
      for exchange in found {
        var text = "head: \(exchange.headPath.map { "\(exchange.root)/\($0)" } ?? "none")\n"
        text += "body: \(exchange.bodyPath.map { "\(exchange.root)/\($0) (\(exchange.size) bytes)" } ?? "none")\n"
        if let damage = exchange.damage { text += "damaged: \(damage)\n" }
        text += RecordingInventory.headText(exchange).map { "\n\($0)" } ?? ""
        StandardStream.output.write(text.escapingControlCharacters(but: ["\n"]))
      }
    }

    private func refuse(_ found: [StoredExchange]) throws {
      let keys = found.map { "  \($0.key.joined(separator: "; ").escapingControlCharacters)\n" }.joined()
      let name = recording.escapingControlCharacters
      StandardStream.error.write("asynchttpd: \(found.count) recordings are of \"\(name)\"; name one of them:\n\(keys)")
      throw ExitCode.refused
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell whether every body is the one that its head file was written for.",
      discussion: "Exits 1 where one is not. An edited body is served as it is; a damaged recording is not served at all.")

    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      var count = 0
      var faults = 0
      for exchange in try RecordingsCommand.stores(configuration).flatMap(\.exchanges) {
        count += 1
        switch RecordingInventory.verify(exchange) {
        case .whole: continue
        case .edited(let reason): StandardStream.output.write("edited: \(reason.escapingControlCharacters)\n")
        case .damaged(let reason): StandardStream.output.write("damaged: \(reason.escapingControlCharacters)\n")
        }
        faults += 1
      }
      StandardStream.output.write("\(counted(count, "recording")), \(faults == 0 ? "all whole" : "\(faults) not as recorded")\n")
      if faults > 0 { throw ExitCode.refused }
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove recordings that are old or damaged.",
      discussion: """
        What somebody wrote by hand (a body without a head file, a head file without a key) is never old. An edited body is not damaged.
        Where the answers of a URL vary, the first is kept while others are there that are found through it.
        """)

    @OptionGroup var configuration: ConfigurationOption

    @Option(name: .customLong("older-than"), help: ArgumentHelp("Remove what was recorded longer ago, such as 30d.", valueName: "age"))
    var olderThan: String?

    @Flag(help: "Remove what cannot be served: heads that cannot be read, heads whose body is gone.")
    var damaged = false

    @Flag(name: .customLong("dry-run"), help: "Tell what would be removed, and remove nothing.")
    var dryRun = false

    func validate() throws {
      if olderThan == nil, !damaged { throw ValidationError("Say what to remove: --older-than, --damaged or both.") }
      _ = try age()
    }

    private func age() throws -> Int64? {
      guard let olderThan else { return nil }
      do throws(Refusal) {
        return try Units.duration(olderThan).components.seconds
      } catch {
        throw ValidationError(error.message)
      }
    }

    func run() throws {
      let age = try age()
      let now = Int64(time(nil))
      var count = 0
      var failed = false
      for store in try RecordingsCommand.stores(configuration) {
        if damaged, !dryRun { RecordingInventory.sweep(store.root) }
        // The first of a URL whose answers vary goes last: the others are found through it.
        for exchange in store.exchanges.reversed() {
          let isOld = age.map { exchange.isRecording && now - exchange.recordedAt > $0 } ?? false
          guard isOld || (damaged && isDamaged(exchange)) else { continue }
          do throws(RecordingFault) {
            if !dryRun {
              guard try RecordingInventory.remove(exchange) else { continue }
            }
            count += 1
            let path = "\(exchange.root)/\(exchange.headPath ?? "")".escapingControlCharacters
            StandardStream.output.write("\(dryRun ? "would remove" : "removed") \(path)\n")
          } catch {
            failed = true
            StandardStream.error.write("asynchttpd: cannot remove \(error.description.escapingControlCharacters)\n")
          }
        }
      }
      StandardStream.output.write("\(counted(count, "recording")) \(dryRun ? "would be removed" : "removed")\n")
      if failed { throw ExitCode.refused }
    }

    private func isDamaged(_ exchange: StoredExchange) -> Bool {
      guard exchange.damage != nil, case .damaged = RecordingInventory.verify(exchange) else { return false }
      return true
    }
  }

  // MARK: What the subcommands share

  /// The stores of the configuration in its order, each once. Exits 1 where one cannot be read.
  fileprivate static func stores(_ configuration: ConfigurationOption) throws -> [(root: String, exchanges: [StoredExchange])] {
    var roots: [String] = []
    for recordings in try configuration.load().routes.flatMap(\.answer.recordings) where !roots.contains(recordings.root) {
      roots.append(recordings.root)
    }
    return try roots.map { root in
      do throws(RecordingFault) {
        return (root, try RecordingInventory.exchanges(in: root))
      } catch {
        StandardStream.error.write("asynchttpd: cannot read the store: \(error.description.escapingControlCharacters)\n")
        throw ExitCode.refused
      }
    }
  }

  /// `45s`, `12m`, `3h`, `30d`.
  static func age(_ seconds: Int64) -> String {
    switch max(0, seconds) {
    case 0..<60: "\(max(0, seconds))s"
    case 60..<3600: "\(seconds / 60)m"
    case 3600..<86_400: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}

extension StoredExchange {
  /// Whether an operator who types `name` means this.
  fileprivate func isNamed(_ name: String) -> Bool {
    if key.joined(separator: "\n") == name || key.joined(separator: "; ") == name || request == name { return true }
    if hasTarget(name, withQuery: true) { return true }
    return [headPath, bodyPath].contains { $0 != nil && ($0 == name || "\(root)/\($0!)" == name) }
  }

  /// Whether the key, or the request that was recorded, is of this target, with its method or without.
  fileprivate func hasTarget(_ name: String, withQuery: Bool) -> Bool {
    [key.first, request].contains { line in
      let words = line?.split(separator: " ") ?? []
      guard words.count >= 2 else { return false }
      let target = withQuery ? words[1] : words[1].prefix { $0 != "?" }
      return target == name || "\(words[0]) \(target)" == name
    }
  }
}
