// What `asynchttpd explain` tells: a request is read by the server's own parser and looked up in the table's own index,
// and every step is kept as a value. The command renders it.

import HTTPCore
package import Reactor

/// A request, and what becomes of it under some settings.
package struct ExplainedRequest: Sendable {
  package enum Outcome: Equatable, Sendable {
    /// This route answers, with these parameters of its pattern, `**` last.
    case answered(routeIndex: Int, parameters: [Parameter])
    /// No route of this path has this method; the value of Allow.
    case methodNotAllowed(allow: String)
    /// OPTIONS for a path whose routes leave that to the server; the value of Allow.
    case options(allow: String)
    /// The same, from a browser that asks before it sends a request to another origin: the route that such a request
    /// would reach, if any, and the value of Allow for a path that has routes.
    case preflight(routeIndex: Int?, allow: String?)
    case notFound
    /// No route is asked: the request itself is refused.
    case rejected(status: Int, reason: String)
  }

  package struct Parameter: Equatable, Sendable {
    package let name: String
    package let value: String
  }

  /// Why a request cannot even be put into words.
  package struct Malformed: Error, Equatable {
    package let message: String
  }

  /// The method as it was given.
  package let method: String
  /// The path that the patterns are compared with, decoded and normalised, as `ShownOctets.text` has it; empty where it
  /// cannot be.
  package let path: String
  package let outcome: Outcome
  /// The route that answers and those nearest to it, in file order.
  package let explanations: [RouteExplanation]

  /// Looks a request up.
  ///
  /// - Parameters:
  ///   - url: a path with or without a query, or a whole http or https URL; a fragment is left out, as clients do.
  ///   - headers: field lines such as `Accept: text/html`.
  ///   - body: nil for none.
  ///   - client: who asks.
  package init(
    method: String, url: String, headers: [String] = [], body: [UInt8]? = nil, client: SocketAddress = Self.localClient,
    settings: Settings
  ) throws(Malformed) {
    let bytes = try Self.head(method: method, url: url, headers: headers, bodySize: body?.count)
    var parser = HeadParser(limits: HeadLimits(head: settings.limits.head))
    let isWhole: Bool
    do throws(HeadError) {
      isWhole = try parser.parse(bytes.span)
    } catch {
      self.init(method, path: "", .rejected(status: error.status, reason: "\(error)"))
      return
    }
    guard isWhole else { throw Malformed(message: "this makes no whole request") }
    let head = parser.head
    if let body, Int64(body.count) > settings.limits.body {
      let reason = "the body has \(body.count) bytes, and limits.body is \(settings.limits.body)"
      self.init(method, path: "", .rejected(status: 413, reason: reason))
      return
    }
    if head.targetForm == .asterisk {
      self.init(method, path: "*", .options(allow: MethodSet.any.allowValue))
      return
    }
    let decider = Decider(settings)
    let origin = RequestOrigin.explanation(client: client, now: 0)
    let type = head.combinedValue(of: .contentType, in: bytes.span)
    let content = body.map { RequestBodyState.read(BodyValues($0, contentType: type)) } ?? .none
    self = decider.decide(head, bytes.span, origin, content) { head, decision, path, _ in
      if case .refused(let error) = decision {
        return Self(method, path: "", .rejected(status: error.status, reason: "\(error)"))
      }
      return Self(
        method, path: ShownOctets.text(path.copied), Self.outcome(decision, decider.index, path),
        decider.explain(head, bytes.span, path: path, origin, content))
    }
  }

  /// A client on this machine.
  package static let localClient = SocketAddress("127.0.0.1", port: 0)!

  private init(_ method: String, path: String, _ outcome: Outcome, _ explanations: [RouteExplanation] = []) {
    self.method = method
    self.path = path
    self.outcome = outcome
    self.explanations = explanations
  }

  // MARK: Reading

  private static func head(method: String, url: String, headers: [String], bodySize: Int?) throws(Malformed) -> [UInt8] {
    guard FieldSyntax.isToken(method[...]) else { throw Malformed(message: "\"\(method)\" is no method: a method is a word such as GET") }
    let target = String(url.prefix { $0 != "#" })
    // A query may have characters beyond ASCII: browsers and curl send them so.
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), target.prefix(while: { $0 != "?" }).utf8.allSatisfy({ $0 < 0x80 }) else {
      throw Malformed(
        message: "\"\(url)\" is no URL: spaces are percent-encoded in one, and characters beyond ASCII before its query")
    }
    let isWhole = ["http://", "https://"].contains { target.lowercased().hasPrefix($0) }
    guard isWhole || target.hasPrefix("/") || target == "*" else {
      throw Malformed(message: "\"\(url)\" is no URL: it begins with \"/\", \"http://\" or \"https://\"")
    }
    var lines = ["\(method) \(target) HTTP/1.1"]
    var namesHost = false
    for header in headers {
      guard let colon = header.firstIndex(of: ":"), FieldSyntax.isToken(header[..<colon]),
        FieldSyntax.isValidValue(String(header[header.index(after: colon)...]))
      else { throw Malformed(message: "\"\(header)\" is no header: write it as 'Name: value'") }
      if FieldSyntax.equalIgnoringCase(header[..<colon], "host") { namesHost = true }
      lines.append(header)
    }
    if !namesHost { lines.append("Host: \(isWhole ? authority(target) : "localhost")") }
    if let bodySize { lines.append("Content-Length: \(bodySize)") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static func authority(_ url: String) -> String {
    String(url.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "/" && $0 != "?" })
  }

  // MARK: Looking up

  private static func outcome(_ decision: Decision, _ index: RouteIndex, _ path: Span<UInt8>) -> Outcome {
    switch decision {
    case .routed(let match, _): .answered(routeIndex: match.routeIndex, parameters: parameters(of: match, index, path))
    case .refused(let error): .rejected(status: error.status, reason: "\(error)")
    case .notFound, .conditionsFail, .needsBody, .needsTask: .notFound
    case .methodNotAllowed(let allowed): .methodNotAllowed(allow: allowed.allowValue)
    case .options(let allowed, _): .options(allow: allowed.allowValue)
    case .preflight(let preflight): .preflight(routeIndex: preflight.routeIndex, allow: preflight.allowed?.allowValue)
    }
  }

  private static func parameters(of match: RouteMatch, _ index: RouteIndex, _ path: Span<UInt8>) -> [Parameter] {
    var parameters = index.patterns[match.routeIndex].parameterNames.map { name in
      Parameter(name: name, value: ObsText.escaped(index.parameter(named: name, of: match, in: path) ?? ""))
    }
    if let rest = index.rest(of: match, in: path) { parameters.append(Parameter(name: "**", value: ObsText.escaped(rest))) }
    return parameters
  }
}
