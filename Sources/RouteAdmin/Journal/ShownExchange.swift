// An exchange as an operator sees it: its heads read into fields, its secrets taken out.

import HTTPCore
import Reactor

/// What leaves the process of an exchange.
struct ShownExchange: Sendable {
  /// A field line, octet by octet.
  struct Field: Equatable, Sendable {
    let name: String
    let value: [UInt8]

    /// The value as text, octets that are not UTF-8 as percent escapes.
    var text: String { ObsText.escaped(ObsText.text(value)) }
  }

  /// One side of an exchange.
  struct Message: Sendable {
    var fields: [Field] = []
    /// The body as far as it was kept.
    var body: [UInt8] = []
    /// Whether the body had more octets.
    var bodyIsCut = false

    /// The lines of a field joined with `", "` (RFC 9110 §5.3); nil without any.
    func value(_ name: String) -> String? {
      let own = fields.filter { FieldSyntax.equalIgnoringCase($0.name, name) }
      return own.isEmpty ? nil : own.map(\.text).joined(separator: ", ")
    }
  }

  let id: Int
  let header: RecordHeader
  let time: RFC3339Time
  let route: String?
  /// Empty where the request had none.
  private(set) var requestID: String
  /// How the answer came about, in a word; nil where that was not said.
  let outcome: String?
  /// What the configuration calls the fault that befell the answer.
  let fault: String?
  let isMatched: Bool
  let client: SocketAddress?
  /// Octets of the request line; all three are empty for what could not be read that far.
  private(set) var method: [UInt8] = []
  private(set) var target: [UInt8] = []
  private(set) var version: [UInt8] = []
  private(set) var request = Message()
  private(set) var answer = Message()
  /// The version and the reason of the status line.
  private(set) var answerVersion = "HTTP/1.1"
  private(set) var reason = ""

  init(_ kept: KeptExchange, _ rules: JournalRedaction) {
    id = kept.id
    header = kept.header
    time = kept.time
    route = kept.route
    requestID = kept.requestID
    outcome = kept.outcome
    fault = kept.fault
    isMatched = kept.isMatched
    client = SocketAddress(addressBytes: kept.client)
    var redactor = Redactor(rules)
    readRequest(kept, &redactor)
    readAnswer(kept, &redactor)
    if requestID.isEmpty { requestID = answer.value("x-request-id") ?? "" }
    guard !redactor.secrets.isEmpty else { return }
    target = redactor.withoutRepetitions(target)
    for index in request.fields.indices { request.fields[index] = request.fields[index].without(redactor) }
    for index in answer.fields.indices { answer.fields[index] = answer.fields[index].without(redactor) }
    request.body = redactor.withoutRepetitions(request.body)
    answer.body = redactor.withoutRepetitions(answer.body)
  }

  var methodText: String { ShownOctets.text(method) }
  var targetText: String { ShownOctets.text(target) }

  // MARK: Reading

  private mutating func readRequest(_ kept: KeptExchange, _ redactor: inout Redactor) {
    let lines = Self.lines(kept.head)
    let words = (lines.first ?? []).split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false).map { Array($0) }
    method = words.first ?? []
    target = redactor.target(words.count > 1 ? words[1] : [])
    version = words.count > 2 ? words[2] : []
    request.fields = Self.fields(lines.dropFirst(), &redactor)
    request.bodyIsCut = kept.header.receivedBytes > Int64(kept.requestBody.count)
    request.body = redactor.body(
      Array(kept.requestBody), type: request.value("content-type") ?? "", isCoded: request.isCoded, isCut: request.bodyIsCut)
  }

  private mutating func readAnswer(_ kept: KeptExchange, _ redactor: inout Redactor) {
    let lines = Self.lines(kept.answerHead)
    if let status = lines.first?.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false) {
      answerVersion = String(decoding: status.first ?? [], as: UTF8.self)
      reason = status.count > 2 ? ShownOctets.text(Array(status[2])) : ""
    } else {
      reason = ReasonPhrase.phrase(for: Int(header.status))
    }
    answer.fields = Self.fields(lines.dropFirst(), &redactor)
    answer.bodyIsCut = kept.header.sentBytes > Int64(kept.answerBody.count)
    answer.body = redactor.body(
      Array(kept.answerBody), type: answer.value("content-type") ?? "", isCoded: answer.isCoded, isCut: answer.bodyIsCut)
  }

  /// The lines of a head that are not empty.
  private static func lines(_ head: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    head.split(separator: 0x0A).map { $0.last == 0x0D ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
  }

  private static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>, _ redactor: inout Redactor) -> [Field] {
    lines.compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let name = String(decoding: line[..<colon], as: UTF8.self)
      var value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
      while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
      return Field(name: name, value: redactor.value(Array(value), ofField: name))
    }
  }

  /// The request's head anew, for the parser: what it says, without what is redacted.
  var headOctets: [UInt8] {
    var octets = method + [0x20] + target + [0x20] + version + [0x0D, 0x0A]
    for field in request.fields { octets += Array(field.name.utf8) + [0x3A, 0x20] + field.value + [0x0D, 0x0A] }
    return octets + [0x0D, 0x0A]
  }
}

extension ShownExchange.Message {
  /// Whether a content coding hides what the body says (RFC 9110 §8.4).
  var isCoded: Bool { value("content-encoding").map { FieldSyntax.lowercased($0) != "identity" } ?? false }
}

extension ShownExchange.Field {
  fileprivate func without(_ redactor: Redactor) -> Self { Self(name: name, value: redactor.withoutRepetitions(value)) }
}
