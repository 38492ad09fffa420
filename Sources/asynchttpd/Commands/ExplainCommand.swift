import ArgumentParser
import HTTPCore
import HTTPRoutes

/// `asynchttpd explain`: which route answers, and why.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tell which route answers a request and why, and why each nearer one does not.",
    discussion: "Exits 0 where a route answers, 2 where none does, 1 where the configuration is bad.")

  @OptionGroup var configuration: ConfigurationOption

  @Argument(help: "GET, POST, …; as it is sent, so upper case.")
  var method: String

  @Argument(help: "A path such as /api/users/7?full=1, or a whole URL.")
  var url: String

  @Option(name: [.customShort("H"), .long], help: ArgumentHelp("A field of the request, 'Name: value'.", valueName: "field"))
  var header: [String] = []

  @Option(name: [.customShort("d"), .long], help: ArgumentHelp("The body of the request.", valueName: "text"))
  var data: String?

  func run() throws {
    let settings = try configuration.load()
    let explained: ExplainedRequest
    do throws(ExplainedRequest.Malformed) {
      explained = try ExplainedRequest(method: method, url: url, headers: header, body: data.map { Array($0.utf8) }, settings: settings)
    } catch {
      StandardStream.error.write("asynchttpd: \(error.message)\n")
      throw ExitCode.validationFailure
    }
    var text = configuration.color.text(for: .output)
    for line in ExplanationText(explained, settings.routes).lines { text.append(line.text + "\n", line.paint) }
    StandardStream.output.write(text)
    switch explained.outcome {
    case .answered, .options, .preflight: break
    case .methodNotAllowed, .notFound, .rejected: throw ExitCode.unanswered
    }
  }
}

/// An explained request in words.
struct ExplanationText {
  private(set) var lines: [(text: String, paint: Paint?)] = []

  init(_ explained: ExplainedRequest, _ routes: [RouteSettings]) {
    let asked = "\(explained.method) \(explained.path)".escapingControlCharacters
    switch explained.outcome {
    case .answered(let index, let parameters):
      let route = routes[index]
      add("\(asked) is answered by \(route.id) (\(route.kind)) at \(route.position)", .good)
      add("  path \(route.pattern.text), methods \(route.methods?.joined(separator: ", ") ?? "any")")
      for parameter in parameters { add("  {\(parameter.name)} = \"\(parameter.value.escapingControlCharacters)\"") }
      if let delay = route.answer.delivery.delay { add("  after \(delay.spelling)") }
      if let throttle = route.answer.delivery.throttle {
        add("  throttled to \(Units.spelling(ofSize: Int64(throttle))) a second")
      }
      if let fault = route.answer.delivery.fault { add("  with the fault \(fault.spelling)") }
      for fault in route.faults { add("  or \(fault.label)") }
      if let limit = route.rateLimit { add("  at most \(counted(limit.requests, "request")) in \(limit.window.spelling)") }
      // What the daemon remembers is not known here: this is how it is at the start.
      let remembered = explained.explanations.first { $0.routeIndex == index }?.findings.filter(\.isOfMemory) ?? []
      for finding in remembered { add("  \(finding.label): \(finding.detail)") }
    case .preflight(let index, let allow):
      let target = index.map { "\(routes[$0].id) at \(routes[$0].position): 204 with its cors" }
      let answer = target ?? "no route: 204 with the cors of defaults"
      add("\(asked) is a preflight for \(answer)\(allow.map { ", Allow: \($0)" } ?? "")", .good)
    case .options(let allow): add("\(asked) is answered by the server: 204, Allow: \(allow)", .good)
    case .methodNotAllowed(let allow): add("no route answers \(asked): 405, Allow: \(allow)", .bad)
    case .notFound: add("no route answers \(asked): 404", .bad)
    case .rejected(let status, let reason):
      add("no route is asked: \(status), \(reason)", .bad)
    }
    let others = explained.explanations.filter { $0.reason != .matched }
    if !others.isEmpty { add("others near it:", .faint) }
    let rows = others.map { other in
      ["  \(routes[other.routeIndex].id)", routes[other.routeIndex].position, Self.words(other.reason, routes)]
    }
    let table = TextTable.render(rows).split(separator: "\n").map(String.init)
    for (other, row) in zip(others, table) {
      add(row)
      for finding in other.findings { add("    \(finding.line)", finding.holds ? .good : .bad) }
    }
  }

  private mutating func add(_ text: String, _ paint: Paint? = nil) { lines.append((text, paint)) }

  private static func words(_ reason: RouteExplanation.Reason, _ routes: [RouteSettings]) -> String {
    switch reason {
    case .matched: "answers"
    case .methodDiffers(let allowed): "its path matches, but it answers \(allowed.allowValue) only"
    case .conditionFails: "path and method match, but not its when"
    case .hiddenBy(let index): "matches too, but comes after \(routes[index].id)"
    case .pathDiffers(let segment, let difference): words(difference, segment: segment + 1)
    }
  }

  private static func words(_ difference: RouteExplanation.Difference, segment: Int) -> String {
    switch difference {
    case .literal(""): "segment \(segment) of its path is empty: it ends in a slash"
    case .literal(let text): "segment \(segment) of its path is \"\(text.escapingControlCharacters)\""
    case .emptySegment: "segment \(segment) of the request is empty"
    case .pathEnds: "the request ends before segment \(segment) of its path"
    case .pathGoesOn: "the request goes on after its path, at segment \(segment)"
    }
  }
}
