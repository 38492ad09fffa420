// Golden files: each configuration in Tests/Fixtures/configurations with the exact text that loading it comes to.

import Foundation
import HTTPRoutes
import JSONText
import Testing

enum Fixtures {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let configurations = repository.appending(path: "Tests/Fixtures/configurations")
  static let environment = ["PORT": "8088", "EMPTY": ""]

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: configurations.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }.sorted()
  }()

  static func load(_ name: String) -> LoadResult {
    SettingsLoader.load(path: configurations.appending(path: name + ".yaml").path, environment: environment)
  }

  /// The outcome as the expected files have it.
  static func outcome(of name: String) -> String {
    let result = load(name)
    var lines = result.diagnostics.map { $0.render() }
    if let settings = result.settings { lines += summary(of: settings) }
    return lines.map { $0.replacing(configurations.path + "/", with: "") + "\n" }.joined()
  }

  /// One line for each listener and route.
  private static func summary(of settings: Settings) -> [String] {
    settings.listen.map { "listen \($0.address)" }
      + settings.routes.map { route in
        var line = "\(route.id): \(route.methods?.joined(separator: ",") ?? "any") \(route.pattern.text)"
        line += " -> \(describe(route.answer.responder))"
        for header in route.answer.headers { line += "; \(header.name): \(header.value)" }
        if let limit = route.rateLimit { line += "; at most \(limit.requests) in \(limit.window.spelling)" }
        if let cors = route.cors { line += "; cors \(describe(cors))" }
        if !route.answer.delivery.isPlain { line += "; \(route.answer.delivery.spelling)" }
        if !route.faults.isEmpty { line += "; faults \(route.faults.map(\.label).joined(separator: " | "))" }
        return line
      }
  }

  private static func describe(_ options: any ResponderOptions) -> String {
    switch options {
    case let options as StaticFilesOptions: "static \(options.source)"
    case let options as ProxyToFileOptions: "\(options.mode) \(options.store) \(options.upstream ?? "")"
    case let options as CannedJSONOptions: "\(options.status.shown) \(options.contentType) \(describe(options.body))"
    case let options as FixedResponseOptions:
      switch options.body {
      case .text(let body): "\(options.status.shown) \(options.contentType ?? "") \(describe(body))"
      case .file(let path): "\(options.status.shown) \(options.contentType ?? "") file \(path)"
      }
    case let options as RedirectOptions: "\(options.status) \(options.target.shown)"
    case let options as ResourceOptions:
      "\(options.seed.map { JSONWriter.text(of: .object($0)) }.joined(separator: " ")) by \(options.idMember); at most \(options.maxItems); "
        + "\(options.operations.map(\.rawValue).sorted().joined(separator: ",")); save \(options.file?.path ?? "off")"
    case let options as SequenceOptions:
      "sequence \(options.repetition) per \(options.per?.text ?? "route"), "
        + zip(options.times, options.answers).map { "\($0) x \(describe($1))" }.joined(separator: ", ")
    case let options as WeightedOptions:
      "weighted " + zip(options.weights, options.answers).map { "\($0): \(describe($1))" }.joined(separator: ", ")
    default: "\(options)"
    }
  }

  private static func describe(_ answer: AnswerSettings) -> String {
    var text = "(\(describe(answer.responder))"
    for header in answer.headers { text += "; \(header.name): \(header.value)" }
    if !answer.delivery.isPlain { text += "; \(answer.delivery.spelling)" }
    for write in answer.stateWrites { text += "; sets \(write.name)" }
    return text + ")"
  }

  private static func describe(_ body: BodyTemplate) -> String { body.shown.replacing("\n", with: "\\n") }

  private static func describe(_ cors: CORSOptions) -> String {
    let origins =
      switch cors.origins {
      case .any: "*"
      case .list(let list): list.joined(separator: " ")
      }
    let parts = [
      origins, cors.credentials ? "credentials" : nil, cors.methods.map { "methods \($0.joined(separator: ","))" },
      cors.headers.map { "headers \($0.joined(separator: ","))" },
      cors.expose.isEmpty ? nil : "expose \(cors.expose.joined(separator: ","))",
      cors.maxAge.map { "max-age \($0.spelling)" },
    ]
    return parts.compactMap { $0 }.joined(separator: " ")
  }
}

@Suite struct ConfigurationFixtureTests {
  @Test(arguments: Fixtures.names)
  func `a configuration comes to what stands beside it`(name: String) throws {
    let expected = Fixtures.configurations.appending(path: name + ".expected")
    let outcome = Fixtures.outcome(of: name)
    if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] != nil {
      try Data(outcome.utf8).write(to: expected)
    }
    #expect(try outcome == String(contentsOf: expected, encoding: .utf8))
  }

  @Test func `there are fixtures`() {
    #expect(Fixtures.names.count >= 60)
  }

  @Test(arguments: Fixtures.names)
  func `settings come without errors and errors without settings`(name: String) {
    let result = Fixtures.load(name)
    #expect((result.settings == nil) == result.hasErrors)
    #expect(name.hasPrefix("good-") ? result.diagnostics.isEmpty : !result.diagnostics.isEmpty)
  }
}
