// `faults`: what befalls some of the answers, chance by chance.

import YAMLDocument

enum FaultsDecoder {
  static let key = Key(
    "faults", .any([.sequence(of: .mapping(keys)), .null]),
    "What befalls some of the answers, each entry by its own chance and the first that hits; none by default.")

  private static let keys = KeyTable(
    "faults", noun: "an entry of faults",
    [
      Key(
        "rate", .matching("^([0-9]{1,2}(\\.[0-9]+)?|100(\\.0+)?)%$"),
        "The chance that a request meets it, such as 5%; those before it are drawn for first.")
    ] + AnswerDecoder.keys(ResponderKind.single), required: ["rate"])

  /// Kinds whose answers go with a route, and not with a chance.
  private static let kinds = ["text", "file", "json", "json_file", "redirect"]

  /// - Parameter scope: what templates may name.
  static func decode(_ value: SettingsDecoder, scope: TemplateScope, defaults: RouteDefaults) -> [FaultChance] {
    if value.isNull { return [] }
    guard let items = value.node.sequence else {
      value.errorExpected("a list of faults", write: "put \"- \" before it: - {rate: 5%, status: 503}")
      return []
    }
    return items.compactMap { fault(SettingsDecoder(node: $0, context: value.context), scope, defaults) }
  }

  private static func fault(_ value: SettingsDecoder, _ scope: TemplateScope, _ defaults: RouteDefaults) -> FaultChance? {
    guard let mapping = value.mapping(keys, "a mapping such as {rate: 5%, status: 503}") else { return nil }
    let rate = mapping.require("rate").flatMap { self.rate($0) }
    let kind = ResponderKind.names.first { value.node[$0] != nil }
    let status = value.node["status"]?.scalar?.text
    // What the entry does not say is the route's own business.
    var plain = defaults
    plain.delivery = DeliverySettings()
    plain.after = []
    let answer = AnswerDecoder.decode(mapping, scope: scope, defaults: plain, kinds: ResponderKind.single, answersAlone: false)
    if kind == nil, value.node["status"] == nil, !["fault", "delay", "throttle"].contains(where: { value.node[$0] != nil }) {
      mapping.reportMissing(
        ResponderKind.names + ["status", "fault", "delay"],
        "an entry of faults needs a status or another answer, a fault, a delay or a throttle")
    }
    mapping.finish()
    guard let rate, let answer else { return nil }
    if let kind, !kinds.contains(kind) {
      value.error("\"\(kind)\" is for a route; a fault answers with a status, text, json, json_file, file or redirect")
      return nil
    }
    if answer.delivery.delay == .recorded {
      value.error("\"recorded\" is for the delay of a route with proxy_to_file; give this one a duration or a distribution")
      return nil
    }
    let isAnswer = kind != nil || status != nil
    let what = status.map { "status \($0.excerpt)" } ?? kind ?? ""
    let travel = answer.delivery.spelling
    let label = [what, travel].filter { !$0.isEmpty }.joined(separator: ", ")
    return FaultChance(
      chance: rate.chance, answer: isAnswer ? answer : nil, delivery: answer.delivery, label: "\(rate.text) \(label)")
  }

  private static func rate(_ value: SettingsDecoder) -> (chance: Double, text: String)? {
    guard let text = value.nonEmptyText("a rate such as 5%") else { return nil }
    let digits = text.dropLast()
    let isNumber = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    guard text.hasSuffix("%"), isNumber, digits.utf8.count <= 20, let percent = Double(digits), percent > 0, percent <= 100 else {
      value.error("expected a rate above 0% and up to 100%, found \"\(text.excerpt)\"" + hint(text))
      return nil
    }
    return (percent / 100, text)
  }

  /// `0.05` and `5` lack their sign.
  private static func hint(_ text: String) -> String {
    guard let number = Double(text), number > 0, number <= 100 else { return "" }
    let percent = number < 1 ? number * 100 : number
    let shown = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
    return "; write \(shown)%"
  }
}
