// How an answer travels: `delay`, `throttle` and `fault`, of a route, of an answer in a list, and of a fault.

import AsyncHTTPServer
import YAMLDocument

enum DeliveryDecoder {
  static let keys = [DelayDecoder.key, throttleKey, faultKey]

  static let throttleKey = Key(
    "throttle", .any([.size(1...maxThrottle), .null]),
    "Bytes of the body that are sent in a second; as fast as the client takes them by default.")

  /// A terabyte a second is more than any network has.
  private static let maxThrottle: Int64 = 1 << 40

  private static let faultKey = Key(
    "fault", .any([.choice(of: FaultWord.self), .mapping(faultKeys), .null]),
    "What goes wrong with the answer: reset, empty, stall, garbage, malformed_chunk, or {truncate: 50%}.")

  private static let faultKeys = KeyTable(
    "fault", noun: "a fault",
    [
      Key(
        "truncate", .any([.matching("^([0-9]{1,2}|100)%$"), .size(0...maxThrottle)]),
        "How much of the body is sent before the connection ends, as 50% or as a size.")
    ], required: ["truncate"])

  private enum FaultWord: String, CaseIterable {
    case reset, empty, stall, garbage
    case malformedChunk = "malformed_chunk"

    var fault: Delivery.Fault {
      switch self {
      case .reset: .reset
      case .empty: .empty
      case .stall: .stall
      case .garbage: .garbage
      case .malformedChunk: .malformedChunk
      }
    }
  }

  /// Takes the keys of a mapping over what `defaults` have.
  ///
  /// - Parameter scope: what templates may name.
  static func decode(_ answer: MappingDecoder, scope: TemplateScope, over defaults: DeliverySettings) -> DeliverySettings {
    var delivery = defaults
    if let value = answer.take("delay") { delivery.delay = DelayDecoder.decode(value, scope: scope) }
    if let value = answer.take("throttle") { delivery.throttle = throttle(value) }
    if let value = answer.take("fault") { delivery.fault = fault(value) }
    return delivery
  }

  /// Nil for no bound, and after an error.
  static func throttle(_ value: SettingsDecoder) -> Int? {
    if value.isNull { return nil }
    if let text = value.node.scalar?.text {
      for suffix in ["/s", "ps"] where text.hasSuffix(suffix) {
        let size = String(text.dropLast(suffix.count))
        value.error("a throttle is the bytes of a second: write \((try? Units.size(size)) == nil ? "50KiB" : size)")
        return nil
      }
    }
    return value.size(in: 1...maxThrottle).map { Int($0) }
  }

  private static func fault(_ value: SettingsDecoder) -> Delivery.Fault? {
    if value.isNull { return nil }
    if value.node.mapping == nil {
      if value.isWord("truncate") {
        value.error("\"truncate\" says how much is sent: write fault: {truncate: 50%}")
        return nil
      }
      return value.choice(FaultWord.self)?.fault
    }
    guard let mapping = value.mapping(faultKeys, "a fault such as reset or {truncate: 50%}") else { return nil }
    let cut = mapping.require("truncate").flatMap { self.cut($0) }
    mapping.finish()
    return cut.map { .truncate(at: $0) }
  }

  private static func cut(_ value: SettingsDecoder) -> Delivery.Cut? {
    guard let text = value.nonEmptyText("a share such as 50%, or a size") else { return nil }
    guard text.hasSuffix("%") else { return value.size(in: 0...maxThrottle).map { .octets($0) } }
    guard let percent = Int(text.dropLast()), (0...100).contains(percent) else {
      value.error("expected a share from 0% to 100%, found \"\(text.excerpt)\"")
      return nil
    }
    return .percent(percent)
  }
}
