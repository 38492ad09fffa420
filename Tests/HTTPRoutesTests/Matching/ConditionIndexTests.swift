// The index of conditions against a scan that asks one route after the other.

import Testing

@testable import HTTPRoutes

@Suite struct ConditionIndexTests {
  /// SplitMix64, so that a failure can be run again.
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let paths = ["/a", "\"/{x}\"", "/a/b", "\"/{x}/b\"", "/a/**", "\"/**\""]
  private static let methods = ["any", "GET", "POST", "[GET, POST]"]

  private static func when(_ random: inout Random) -> String? {
    let value = Int.random(in: 0..<6, using: &random)
    let other = Int.random(in: 0..<6, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return nil
    case 1, 2: return "{headers: {X-Kind: \"\(value)\"}}"
    case 3: return "{headers: {X-Kind: [\"\(value)\", \"\(other)\"]}, query: {q: {not: \"\(other)\"}}}"
    case 4: return "{query: {q: \"\(value)\"}}"
    case 5: return "{json: {kind: \"\(value)\", n: \(other)}}"
    case 6: return "{json: {kind: \"\(value)\"}}"
    case 7: return "{not: {headers: {X-Kind: \"\(value)\"}}}"
    default: return "{any_of: [{query: {q: \"\(value)\"}}, {headers: {X-Kind: \"\(other)\"}}]}"
    }
  }

  private static func settings(_ random: inout Random) throws -> Settings {
    var text = "routes:\n"
    for index in 0..<Int.random(in: 1...60, using: &random) {
      let path = paths.randomElement(using: &random)!
      let condition = when(&random).map { ", when: \($0)" } ?? ""
      text += "  - {id: r\(index), path: \(path), methods: \(methods.randomElement(using: &random)!)\(condition), text: a}\n"
    }
    let result = SettingsLoader.load(text: text, fileName: "a.yaml", environment: [:])
    return try #require(result.settings, "\(Diagnostic.render(result.diagnostics))")
  }

  private static func answering(
    _ settings: Settings, _ method: String, _ target: String, _ headers: [String], _ body: String?
  ) throws -> Int? {
    let explained = try ExplainedRequest(
      method: method, url: target, headers: headers, body: body.map { Array($0.utf8) }, settings: settings)
    if case .answered(let index, _) = explained.outcome { return index }
    return nil
  }

  @Test(arguments: 0..<40)
  func `the first route that holds answers, whether an index or a scan finds it`(_ seed: UInt64) throws {
    var random = Random(state: seed)
    let settings = try Self.settings(&random)
    for _ in 0..<30 {
      let values = (0..<3).map { _ in Int.random(in: 0..<6, using: &random) }
      let target =
        ["/a", "/z", "/a/b", "/z/b", "/a/c/d", "/"].randomElement(using: &random)! + ["", "?q=\(values[0])"].randomElement(using: &random)!
      let headers = Bool.random(using: &random) ? ["X-Kind: \(values[1])"] : ["X-Kind: \(values[1])", "x-kind: \(values[0])"]
      let body = Bool.random(using: &random) ? nil : "{\"kind\":\"\(values[2])\",\"n\":\(values[0])}"
      let method = ["GET", "HEAD", "POST", "PUT"].randomElement(using: &random)!
      let found = try Self.answering(settings, method, target, headers, body)
      let scanned = try settings.routes.indices.first { index in
        var alone = settings
        alone.routes = [settings.routes[index]]
        return try Self.answering(alone, method, target, headers, body) != nil
      }
      #expect(found == scanned, "\(method) \(target) \(headers) \(body ?? "")")
    }
  }

  @Test func `a thousand routes of one path are told apart by one value`() throws {
    let routes = (0..<1_000).map { "  - {path: /a, when: {headers: {X-Kind: \"k\($0)\"}}, text: a}\n" }
    let result = SettingsLoader.load(text: "routes:\n" + routes.joined(), fileName: "a.yaml", environment: [:])
    let settings = try #require(result.settings)
    let members = (0..<1_000).map { UInt32($0) }
    let index = try #require(ConditionIndex(members) { settings.routes[Int($0)].when })
    #expect(index.candidateCount(of: "k999") == 1 && index.candidateCount(of: "none") == 0)
    #expect(try Self.answering(settings, "GET", "/a", ["X-Kind: k999"], nil) == 999)
    #expect(try Self.answering(settings, "GET", "/a", [], nil) == nil)
  }
}
