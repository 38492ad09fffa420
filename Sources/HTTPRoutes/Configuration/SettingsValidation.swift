// What can only be seen when everything is read: ids given twice, routes that an earlier one hides, settings that do
// not go together.

import YAMLDocument

struct SettingsValidation {
  /// proxy_read_timeout and keepalive_timeout of nginx's upstream block are 60 s.
  private static let nginxKeepAlive = Duration.seconds(60)

  private(set) var diagnostics: [Diagnostic] = []

  /// Gives every route an id of its own, and reports those given twice.
  mutating func assignIDs(_ decoded: [DecodedRoute]) -> [RouteSettings] {
    var explicit: [String: SourceMark] = [:]
    var made: [String: Int] = [:]
    var routes: [RouteSettings] = []
    routes.reserveCapacity(decoded.count)
    for route in decoded {
      if let (id, mark) = route.explicitID {
        if let first = explicit[id] {
          diagnostics.append(Diagnostic(.error, at: mark, message: "the id \"\(id)\" is given twice, first at \(first)"))
        } else {
          explicit[id] = mark
        }
      }
      guard var settings = route.settings else { continue }
      if route.explicitID == nil {
        let name = Self.id(methods: settings.methods, pattern: settings.pattern)
        let count = made[name, default: 0] + 1
        made[name] = count
        settings.id = count == 1 ? name : "\(name) #\(count)"
      }
      routes.append(settings)
    }
    return routes
  }

  /// Method and path: the same from one reload to the next, wherever in the file the route moves.
  private static func id(methods: [String]?, pattern: PathPattern) -> String {
    guard let methods else { return pattern.text }
    return methods.joined(separator: ",") + " " + pattern.text
  }

  /// Reports routes that never answer, and redirects that no client comes out of.
  mutating func checkReach(of routes: [RouteSettings]) {
    let index = RouteIndex(
      routes.map { route in
        (pattern: route.pattern, methods: route.methods.map { MethodSet($0.map { RequestMethod(name: $0) }) } ?? .any)
      }, conditions: Decider.conditionNumbers(routes))
    for pair in index.hiddenRoutes() {
      let by = routes[pair.by]
      diagnostics.append(
        Diagnostic(
          .warning, at: routes[pair.hidden].patternMark,
          message: "this route can never answer: \(by.pattern.text) at \(by.patternMark) matches first"))
    }
    for loop in RedirectLoop.all(in: routes, index: index) {
      let chain = loop.routes.map { routes[$0].pattern.text }.joined(separator: " → ")
      diagnostics.append(
        Diagnostic(
          .warning, at: routes[loop.route].patternMark,
          message: "this redirect leads back to itself, \(chain): name another target, or have a route before it answer there"))
    }
  }

  /// Reports every `routes` without a value, and that all files together have no route. `file` is where the main file's
  /// mapping begins.
  mutating func reportRoutes(isEmpty: Bool, withoutValue marks: [SourceMark], file: SourceMark) {
    for mark in marks {
      let outcome = isEmpty ? ", so every request is answered 404" : ""
      let message = "\"routes\" has no value\(outcome); its entries are indented below it: - path: /"
      diagnostics.append(Diagnostic(.warning, at: mark, message: message))
    }
    guard isEmpty, marks.isEmpty else { return }
    diagnostics.append(Diagnostic(.warning, at: file, message: "there are no routes; every request is answered 404"))
  }

  /// Reports states that no route ever changes.
  mutating func checkStates(_ states: [StateSettings], routes: [RouteSettings]) {
    let written = Set(routes.flatMap { $0.answer.writesByAnswer.joined().map(\.name) })
    for state in states where !written.contains(state.definition.name) {
      diagnostics.append(
        Diagnostic(
          .warning, at: state.mark,
          message: "no route sets the state \"\(state.definition.name)\", so it stays what it is; set_state changes it"))
    }
  }

  /// Reports routes that save to the file of another one: each would write over what the other has saved.
  mutating func checkSavedFiles(of routes: [RouteSettings]) {
    var owners: [SavedFile: RouteSettings] = [:]
    for route in routes {
      for options in [route.answer.responder] + route.answer.responder.listedAnswers.map(\.responder) {
        guard let path = options.savedFile else { continue }
        guard let other = owners[SavedFile(path)] else {
          owners[SavedFile(path)] = route
          continue
        }
        let owner = other.id == route.id ? "another answer of this route" : "the route \"\(other.id)\" at \(other.patternMark)"
        diagnostics.append(
          Diagnostic(
            .error, at: route.patternMark,
            message: "\(owner) saves to \(path) too, and each would write over the other; save to a file of its own"))
      }
    }
  }

  /// A file that may not be there yet, whatever the way to its directory.
  private struct SavedFile: Hashable {
    private let directory: [UInt64]?
    private let name: String

    init(_ path: String) {
      let parent = ConfiguredFiles.directory(of: path)
      directory = ConfiguredFiles.identity(parent.isEmpty ? "." : parent)
      name = directory == nil ? path : String(path.split(separator: "/").last ?? "")
    }
  }

  /// Checks settings against each other.
  mutating func check(_ settings: Settings, timeoutMark: SourceMark?) {
    if !settings.trustedProxies.isEmpty, settings.timeouts.keepAlive <= Self.nginxKeepAlive, let timeoutMark {
      let message =
        "keep_alive should outlast the proxy's own: nginx reuses a connection for 60s, and one closed under it after "
        + "\(settings.timeouts.keepAlive.spelling) is a 502 to its client"
      diagnostics.append(Diagnostic(.warning, at: timeoutMark, message: message))
    }
  }
}
