// A mapping whose keys are asked for one by one. Whatever was not asked for by the end is unknown, so the list of known keys is never
// written down twice; the nearest of them is the suggestion. A key that is missing because it is misspelt is one problem and not two:
// what is missing is reported at the end, unless an unknown key stands for it.

import YAMLDocument

/// The keys of one mapping of the configuration.
final class MappingDecoder {
  private let span: SourceSpan
  let noun: String
  let context: DecodingContext
  private let pairs: [YAMLPair]
  private var taken: [Bool]
  private var known: [String] = []
  private var missing: [Missing] = []

  /// Keys of which one has to be there, and none is.
  private struct Missing {
    let keys: [String]
    let message: String
  }

  init(pairs: [YAMLPair], span: SourceSpan, noun: String, context: DecodingContext) {
    self.pairs = pairs
    taken = Array(repeating: false, count: pairs.count)
    known.reserveCapacity(32)
    self.span = span
    self.noun = noun
    self.context = context
  }

  /// Where the mapping stands.
  var mark: SourceMark { span.inFile(context.file) }

  /// The value of a key, if it is there.
  func take(_ key: String) -> SettingsDecoder? { takeEntry(key)?.value }

  /// The value of a key and where the key stands.
  func takeEntry(_ key: String) -> (value: SettingsDecoder, keyMark: SourceMark)? {
    known.append(key)
    guard let index = pairs.firstIndex(where: { $0.key.text == key }) else { return nil }
    taken[index] = true
    return (SettingsDecoder(node: pairs[index].value, context: context), pairs[index].keySpan.inFile(context.file))
  }

  /// The value of a key that has to be there.
  func require(_ key: String) -> SettingsDecoder? {
    if let value = take(key) { return value }
    reportMissing([key], "\(noun) needs \"\(key)\"")
    return nil
  }

  /// Has `finish` report that none of `keys` is there, unless one of them is misspelt.
  func reportMissing(_ keys: [String], _ message: String) { missing.append(Missing(keys: keys, message: message)) }

  /// Whether a key comes before another in the text; both have to be there.
  func isBefore(_ one: String, _ other: String) -> Bool {
    guard let first = pairs.firstIndex(where: { $0.key.text == one }), let second = pairs.firstIndex(where: { $0.key.text == other })
    else { return false }
    return first < second
  }

  /// Reports every key that no decoder asked for, but for those that `isIgnored`, and what is missing.
  func finish(ignoring isIgnored: (String) -> Bool = { _ in false }) {
    if !taken.contains(false), missing.isEmpty { return }
    for (index, pair) in pairs.enumerated() where !taken[index] && !isIgnored(pair.key.text) {
      let key = pair.key.text
      var message = "unknown key \"\(key.excerpt)\" in \(noun)"
      let (phrase, meant) = hint(for: key)
      if !phrase.isEmpty {
        message += phrase
        missing.removeAll { !meant.isDisjoint(with: $0.keys) }
      } else if let guess = missing.firstIndex(where: { $0.keys.count > 1 }) {
        // A word like no other, and no responder: one cause, most likely.
        message += ", and \(missing.remove(at: guess).message)"
      }
      context.error(message, at: pair.keySpan)
    }
    for missing in missing { context.error(missing.message, at: mark) }
  }

  /// What was meant by an unknown key: in words, and the keys of this mapping that it stands for.
  private func hint(for key: String) -> (phrase: String, meant: Set<String>) {
    let unused = known.filter { name in !pairs.contains { $0.key.text == name } }
    if let foreign = ForeignKeys.meaning(of: key, in: noun) {
      if let advice = foreign.advice { return ("; \(advice)", Set(foreign.meant)) }
      if let meant = foreign.meant.first, unused.contains(meant) { return (" (did you mean \"\(meant)\"?)", [meant]) }
    }
    guard let nearest = Suggestion.nearest(to: key, among: unused) else { return ("", []) }
    return (" (did you mean \"\(nearest)\"?)", [nearest])
  }
}
