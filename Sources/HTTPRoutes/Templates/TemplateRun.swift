// One answer in the making: what its expressions come to, and what they have used up.

import AsyncHTTPServer
import HTTPCore
import JSONText
import RegularExpressions

/// The state of rendering the templates of one answer. All of them see one time and one request id.
package struct TemplateRun {
  /// Octets of a body, and of any text on the way.
  package static let maxLength = 16 << 20
  /// Items of one list.
  package static let maxItemCount = 10_000
  /// Items of all lists of an answer.
  package static let maxTotalItemCount = 100_000
  /// Regular expressions that are matched for one answer. Each takes less than a millisecond.
  static let maxMatchCount = 1_000

  private struct Frame {
    let item: JSONValue?
    let index: Int
  }

  private let surroundings: TemplateSurroundings
  private let route: String
  private let pattern: PathPattern
  /// Whether octets that are not UTF-8 stay as `ObsText` spells them, for a URL; else they are percent escapes.
  var keepsOctets = false
  private var numbers: RandomNumbers
  private var frames: [Frame] = []
  private var itemCount = 0
  private var matchCount = 0
  private var time: Int64?
  private var requestID: String?

  package init(_ surroundings: TemplateSurroundings, route: String, pattern: PathPattern) {
    self.surroundings = surroundings
    self.route = route
    self.pattern = pattern
    numbers = RandomNumbers(surroundings.random)
  }

  // MARK: Expressions

  /// What an expression comes to.
  package mutating func value(
    of expression: TemplateExpression, for request: borrowing RequestValues
  ) throws(TemplateFailure) -> TemplateValue {
    var value = value(of: expression.source, for: request)
    if expression.filters.isEmpty { return value }
    do throws(TemplateProblem) {
      for filter in expression.filters { value = try apply(filter, to: value, for: request) }
    } catch {
      throw TemplateFailure(reason: error.reason(of: expression.name), place: expression.place)
    }
    return value
  }

  /// Milliseconds since 1970, the same for the whole answer.
  mutating func now() -> Int64 {
    if let time { return time }
    let now = surroundings.now()
    time = now
    return now
  }

  private mutating func value(of source: TemplateSource, for request: borrowing RequestValues) -> TemplateValue {
    switch source {
    case .constant(let value): return .json(value)
    case .parameter(let position): return text(PathValue.parameter(request.path.extracting(parameter(position, request))))
    case .rest: return text(request.match.rest(in: request.path).map { PathValue.rest(request.path.extracting($0)) })
    case .value(let name): return text(request.text(of: name, pattern: pattern))
    case .all(let name): return .json(.array(all(name, request)))
    case .json(let steps): return TemplateValue(JSONStep.value(of: request.body.values?.json, at: steps))
    case .route: return .text(route)
    case .requestID: return .text(id(of: request))
    case .now(let form): return TemplateTime(instant: now(), form: form).map { .time($0) } ?? .missing
    case .uuid: return .text(UUIDText.text(numbers.unguessable()))
    case .counter(let place): return .json(.number(JSONNumber(surroundings.states.count(String(place), route: route))))
    case .sharedCounter(let name): return .json(.number(JSONNumber(surroundings.states.count(name, route: nil))))
    case .random(let call):
      let now = now()
      return call.draw(&numbers) { now }
    case .fake(let kind): return .json(kind.draw(&numbers))
    case .state(let name): return TemplateValue(surroundings.states.value(ofState: name, for: request))
    case .item(let steps): return TemplateValue(JSONStep.value(of: frames.last { $0.item != nil }?.item, at: steps))
    case .index: return .json(.number(JSONNumber(frames.last?.index ?? 0)))
    }
  }

  private func text(_ text: String?) -> TemplateValue {
    guard let text else { return .missing }
    return .text(keepsOctets ? text : ObsText.escaped(text))
  }

  private func parameter(_ position: Int, _ request: borrowing RequestValues) -> Range<Int> {
    position < request.match.parameterCount ? request.match.parameter(at: position, in: request.path) : 0..<0
  }

  private func all(_ name: ValueName, _ request: borrowing RequestValues) -> [JSONValue] {
    var values: [JSONValue] = []
    _ = request.contains(name, pattern: pattern) { octets in
      let text = ObsText.text(octets.copied)
      values.append(.string(keepsOctets ? text : ObsText.escaped(text)))
      return values.count >= Self.maxItemCount
    }
    return values
  }

  /// That by which the logs know the request, or else that of a trusted proxy, or one of our own.
  private mutating func id(of request: borrowing RequestValues) -> String {
    if let requestID { return requestID }
    let made = request.origin.requestID?.description ?? request.proxyRequestID ?? UUIDText.hex(numbers.unguessable())
    requestID = made
    return made
  }

  mutating func appendUUID(to octets: inout [UInt8]) { UUIDText.append(numbers.unguessable(), to: &octets) }

  // MARK: Lists

  /// Begins a list of so many items.
  mutating func begin(_ count: Int, place: String) throws(TemplateFailure) {
    let isLongest = count > Self.maxItemCount
    guard !isLongest, itemCount + count <= Self.maxTotalItemCount else {
      let bound =
        isLongest ? "a list has at most \(Self.maxItemCount) items" : "an answer has at most \(Self.maxTotalItemCount) items of lists"
      throw TemplateFailure(reason: .unsendable(bound), place: place)
    }
    itemCount += count
  }

  /// Enters an item: of a list, or one of so many times.
  mutating func enter(_ index: Int, of items: [JSONValue]?) { frames.append(Frame(item: items?[index], index: index)) }

  mutating func leave() { frames.removeLast() }

  // MARK: Filters

  private mutating func apply(
    _ filter: TemplateFilter, to value: TemplateValue, for request: borrowing RequestValues
  ) throws(TemplateProblem) -> TemplateValue {
    if value.isMissing {
      switch filter {
      case .default(let source): return self.value(of: source, for: request)
      case .omit: return .omitted
      case .required: throw .missing
      default: return value
      }
    }
    if value == .omitted { return value }
    switch filter {
    case .default, .omit, .required, .raw: return value
    case .number: return value.number.map { .json(.number($0)) } ?? value
    case .bool: return value.bool.map { .json(.bool($0)) } ?? value
    case .text: return value.text.map { .text($0) } ?? .missing
    case .parse:
      guard case .json(.string(let text)) = value else { return value }
      return TemplateValue(try? JSONValue(parsing: text, limits: BodyValues.limits))
    case .plus(let source):
      return value.calculate(self.value(of: source, for: request)) { $0.plus($1, maxDigits: TemplateValue.maxDigitCount) }
    case .minus(let source):
      return value.calculate(self.value(of: source, for: request)) { $0.minus($1, maxDigits: TemplateValue.maxDigitCount) }
    case .times(let source):
      return value.calculate(self.value(of: source, for: request)) { $0.times($1, maxDigits: TemplateValue.maxDigitCount) }
    case .round(let digits): return value.number?.decimal.rounded(places: digits).map { .number($0) } ?? .missing
    case .moved(let distance): return value.time?.moved(by: distance).map { .time($0) } ?? .missing
    case .format(let format): return value.time.map { .text(format.string($0)) } ?? .missing
    case .zone(let zone): return value.time.map { .time(zone.converting($0)) } ?? .missing
    case .extract(let pattern):
      matchCount += 1
      if matchCount > Self.maxMatchCount { throw .unsendable("more than \(Self.maxMatchCount) regular expressions are matched") }
      guard let text = value.text else { return .missing }
      return pattern.firstGroup(in: text, request.origin).map { .text($0) } ?? .missing
    default: return try TextFilters.apply(filter, to: value)
    }
  }
}
