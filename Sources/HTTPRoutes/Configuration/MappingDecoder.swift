// A mapping whose keys are asked for one by one. Whatever was not asked for by the end is unknown, so the list of known keys is never
// written down twice; the nearest of them is the suggestion.

import YAMLDocument

/// The keys of one mapping of the configuration.
final class MappingDecoder {
  private let span: SourceSpan
  let noun: String
  let context: DecodingContext
  private let pairs: [YAMLPair]
  private var taken: [Bool]
  private var known: [String] = []

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
    context.error("\(noun) needs \"\(key)\"", at: mark)
    return nil
  }

  /// Whether a key comes before another in the text; both have to be there.
  func isBefore(_ one: String, _ other: String) -> Bool {
    guard let first = pairs.firstIndex(where: { $0.key.text == one }), let second = pairs.firstIndex(where: { $0.key.text == other })
    else { return false }
    return first < second
  }

  /// Reports every key that nobody asked for, but for those that `isIgnored`.
  func finish(ignoring isIgnored: (String) -> Bool = { _ in false }) {
    guard taken.contains(false) else { return }
    for (index, pair) in pairs.enumerated() where !taken[index] && !isIgnored(pair.key.text) {
      let key = pair.key.text
      let unused = known.filter { name in !pairs.contains { $0.key.text == name } }
      context.error("unknown key \"\(key.excerpt)\" in \(noun)" + Suggestion.phrase(for: key, among: unused), at: pair.keySpan)
    }
  }
}
