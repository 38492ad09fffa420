// A route that nearly answered a request: what the 404, the log and `explain` say of it.

import HTTPCore
import JSONText

/// One route, and line by line what of it a request met.
package struct NearMiss: Equatable, Sendable {
  package let routeIndex: Int
  /// Path, method, and the parts of its `when` in the order of the file.
  package let lines: [ConditionFinding]
  /// How far the request is from it; 0 would be an answer.
  let distance: Int
}

extension Decider {
  /// The most near misses that are reported.
  package static let maxNearMisses = 3

  /// The routes that come nearest to answering a request which none answers, nearest first; of equals, the first in
  /// file order.
  func nearMisses(
    _ head: borrowing RequestHead, _ bytes: Span<UInt8>, path: Span<UInt8>, _ origin: RequestOrigin, _ content: RequestBodyState
  ) -> [NearMiss] {
    let method = RequestMethod(head, bytes)
    let shownPath = ConditionFinding.cut(ShownOctets.text(path.copied))
    let misses = explain(head, bytes, path: path, origin, content).compactMap { explanation in
      nearMiss(explanation, method: method, path: shownPath)
    }
    return Array(misses.sorted { ($0.distance, $0.routeIndex) < ($1.distance, $1.routeIndex) }.prefix(Self.maxNearMisses))
  }

  private func nearMiss(_ explanation: RouteExplanation, method: RequestMethod, path: String) -> NearMiss? {
    let route = explanation.routeIndex
    return NearMiss(explanation, of: index.patterns[route], methods: index.methods[route], asked: method, path: path)
  }
}

extension NearMiss {
  /// What keeps a route from answering; nil for one that answers, or that another hides.
  ///
  /// - Parameters:
  ///   - explanation: of the route for the request.
  ///   - pattern: the route's, and so are `methods`.
  ///   - path: the request's, as people read it.
  init?(_ explanation: RouteExplanation, of pattern: PathPattern, methods: MethodSet, asked method: RequestMethod, path: String) {
    let hasMethod = methods.contains(method)
    var lines: [ConditionFinding] = []
    var distance = 0
    switch explanation.reason {
    case .matched, .hiddenBy: return nil
    case .pathDiffers(let segment, _):
      let hint = pattern.text == path + "/" || pattern.text + "/" == path ? "a slash at the end" : nil
      lines.append(ConditionFinding(holds: false, label: "path", expected: pattern.text, found: path, hint: hint))
      // The further it goes the same way, the nearer.
      distance = 20 + max(0, 10 - segment) + (hasMethod ? 0 : 5)
    case .methodDiffers, .conditionFails:
      lines.append(ConditionFinding(holds: true, label: "path", detail: path))
      distance = hasMethod ? 0 : 10
    }
    lines.append(Self.methodLine(method, of: methods))
    lines += explanation.findings
    distance += 2 * explanation.findings.count { !$0.holds }
    self.init(routeIndex: explanation.routeIndex, lines: lines, distance: distance)
  }

  private static func methodLine(_ method: RequestMethod, of methods: MethodSet) -> ConditionFinding {
    let name = ConditionFinding.cut(method.name)
    guard !methods.contains(method) else { return ConditionFinding(holds: true, label: "method", detail: name) }
    let hint = methods.contains(RequestMethod(name: method.name.uppercased())) ? "methods are in upper case" : nil
    return ConditionFinding(holds: false, label: "method", expected: methods.allowValue, found: name, hint: hint)
  }
}

/// Near misses in words and in JSON.
struct NearMissReport {
  /// `no route answers POST /api/orders?page=12`.
  let sentence: String
  let misses: [NearMiss]
  let routes: [RouteTable.Route]

  func text(status: Int) -> String {
    var text = "\(status) \(ReasonPhrase.phrase(for: status)): \(sentence)\n"
    for (position, miss) in misses.enumerated() {
      text += "\n\(position == 0 ? "nearest" : "then"): \(place(of: miss))\n"
      for line in miss.lines { text += "  \(line.line)\n" }
    }
    return text
  }

  /// A problem (RFC 9457) with the near misses as `nearest`.
  func problem(status: Int) -> [UInt8] {
    let nearest = misses.map { miss in
      JSONValue.object([
        "route": .string(routes[miss.routeIndex].settings.id), "at": .string("\(routes[miss.routeIndex].settings.mark)"),
        "parts": .array(
          miss.lines.map { line in
            .object([
              "ok": .bool(line.holds), "part": .string(line.label), "detail": .string(line.detail),
              "hint": line.hint.map { .string($0) } ?? .null,
            ])
          }),
      ])
    }
    let problem = JSONValue.object([
      "type": .string("about:blank"), "title": .string(ReasonPhrase.phrase(for: status)), "status": .number(JSONNumber(status)),
      "detail": .string(sentence), "nearest": .array(nearest),
    ])
    return JSONWriter.octets(of: problem)
  }

  /// The nearest route and what fails of it, in one line; without what credentials say.
  var logLine: String? {
    guard let nearest = misses.first else { return nil }
    let failed = nearest.lines.filter { !$0.holds }.map { line in
      Self.isCredential(line.label) ? "\(line.label) is another" : "\(line.label) \(line.detail)"
    }
    return "\(place(of: nearest)): \(failed.joined(separator: ", "))"
  }

  private static func isCredential(_ label: String) -> Bool {
    let label = label.lowercased()
    return label.contains("headers.authorization") || label.contains("headers.proxy-authorization") || label.contains("cookie")
  }

  private func place(of miss: NearMiss) -> String {
    let settings = routes[miss.routeIndex].settings
    return "\(settings.id) at \(settings.mark)"
  }
}
