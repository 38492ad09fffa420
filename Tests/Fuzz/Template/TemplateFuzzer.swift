// A route with a template and a request, both as they come: a template or a reason, and whatever a client sends, a JSON
// answer that is JSON, a text within its bound, or a status that says why not.

import FuzzSupport
import HTTPCore
import HTTPRoutes
import JSONText
import Reactor

/// The first line is a template; what follows is what the client sends, in its path, query, field and body.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzTemplate(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let octets = Array(UnsafeBufferPointer(start: data, count: count))
  let end = octets.firstIndex(of: 0x0A) ?? octets.count
  let text = String(decoding: octets[..<end], as: UTF8.self)
  guard let pattern = try? PathPattern(parsing: "/a/{id}/**"), let client = SocketAddress("192.0.2.1", port: 1) else { return 0 }
  let request = FuzzRequest(Array(octets[min(end + 1, octets.count)...]), pattern, client)
  let scope = TemplateScope(pattern: pattern)
  let surroundings = TemplateSurroundings(seed: 1)

  do throws(TemplateError) {
    let template = Template(try TemplateReader.parts(of: text, scope: scope) { "t:1:\($0)" }, escape: .markup)
    _ = template.shown
    var run = TemplateRun(surroundings, route: "r", pattern: pattern)
    request.withValues { values in
      guard let rendered = try? template.text(for: values, &run) else { return }
      require(rendered.utf8.count <= TemplateRun.maxLength, "a text is bounded")
    }
  } catch {
    let length = text.unicodeScalars.count
    require(error.range.lowerBound <= length && !error.range.isEmpty && !error.message.isEmpty, "an error points into the text: \(error)")
  }

  // The same text as a value, a name, an item and a count.
  for shape in 0..<4 {
    var builder = JSONTemplateBuilder(scope: scope, isMarkup: shape % 2 == 1) { "t:\($0):\($1)" }
    let tree: TemplateTree =
      switch shape {
      case 0: .text(text, mark: 0)
      case 1: .object([("a", 0, .text(text, mark: 0)), (text, 1, .literal(Array("1".utf8)))], mark: 2)
      case 2: .object([("$each", 0, .text(text, mark: 0)), ("$give", 1, .list([.text("{{item}}", mark: 1)]))], mark: 2)
      default: .object([("$repeat", 0, .text(text, mark: 0)), ("$give", 1, .text("x {{index}}", mark: 1))], mark: 2)
      }
    guard let template = builder.build(tree) else {
      require(!builder.problems.isEmpty, "there is a template or a reason")
      continue
    }
    var run = TemplateRun(surroundings, route: "r", pattern: pattern)
    request.withValues { values in
      guard let answer = try? template.octets(for: values, &run) else { return }
      require(
        (try? JSONValue(parsing: answer, limits: JSONLimits(depth: 400))) != nil,
        "an answer is JSON: \(String(decoding: answer, as: UTF8.self))")
    }
  }
  return 0
}

/// What a client sends.
private struct FuzzRequest {
  private let head: [UInt8]
  private let body: BodyValues
  private let pattern: PathPattern
  private let client: SocketAddress
  private let index: RouteIndex

  init(_ octets: [UInt8], _ pattern: PathPattern, _ client: SocketAddress) {
    func escaped(_ octets: some Sequence<UInt8>) -> [UInt8] {
      octets.flatMap { octet in Array("%\(octet < 16 ? "0" : "")\(String(octet, radix: 16))".utf8) }
    }
    let segment = escaped(octets.filter { $0 != 0 && $0 != 0x2E })
    let field = octets.filter { $0 >= 0x20 && $0 != 0x7F }
    var head = Array("GET /a/x".utf8) + segment.prefix(300)
    head += "/b?q=".utf8
    head += escaped(octets).prefix(600)
    head += " HTTP/1.1\r\nHost: a\r\nX-A: ".utf8
    head += field.prefix(300)
    head += "\r\n\r\n".utf8
    self.head = head
    body = BodyValues(octets, contentType: "application/json")
    self.pattern = pattern
    self.client = client
    index = RouteIndex([(pattern: pattern, methods: .any)])
  }

  func withValues(_ use: (borrowing RequestValues) -> Void) {
    var parser = HeadParser()
    guard let isWhole = try? parser.parse(head.span), isWhole,
      let normalized = try? PathNormalization.normalize(head.span.extracting(parser.head.path)),
      case .matched(let match) = index.match(path: normalized.bytes.span, method: .get)
    else { return }
    use(
      RequestValues(
        head: parser.head, path: normalized.bytes.span, bytes: head.span, match: match, origin: .explanation(client: client, now: 0),
        body: .read(body), hasEncodedSlash: normalized.hasEncodedSlash))
  }
}
