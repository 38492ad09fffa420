// A mapping whose keys are asked for one by one, each of them a key of its table. A key that the table lacks is
// reported at the end, with the nearest of the table as the suggestion. A key that is missing because it is misspelt is
// one problem and not two: what is missing is reported at the end as well, unless an unknown key stands for it.
//
// The table and its decoder cannot disagree. In a debug build, taking a key that the table lacks traps, and so does
// finishing before every key of the table was taken.

import YAMLDocument

/// The keys of one mapping of the configuration.
final class MappingDecoder {
  private let span: SourceSpan
  private let table: KeyTable
  let noun: String
  let context: DecodingContext
  private let pairs: [YAMLPair]
  private var taken: [Bool]
  /// In a debug build alone.
  private var asked: Set<String> = []
  private var missing: [Missing] = []

  /// Keys of which one has to be there, and none is.
  private struct Missing {
    let keys: [String]
    let message: String
  }

  /// `noun` is what diagnostics call this mapping where it is not what they call every one of its table.
  init(pairs: [YAMLPair], span: SourceSpan, table: KeyTable, noun: String? = nil, context: DecodingContext) {
    self.pairs = pairs
    taken = Array(repeating: false, count: pairs.count)
    self.span = span
    self.table = table
    self.noun = noun ?? table.noun
    self.context = context
  }

  /// Where the mapping stands.
  var mark: SourceMark { span.inFile(context.file) }

  /// The value of a key, if it is there.
  func take(_ key: String) -> SettingsDecoder? { takeEntry(key)?.value }

  /// The value of a key and where the key stands.
  func takeEntry(_ key: String) -> (value: SettingsDecoder, keyMark: SourceMark)? {
    assert(table[key] != nil, "the table of \(table.noun) lacks \"\(key)\"")
    assert(asked.insert(key).inserted || true)
    guard let index = pairs.firstIndex(where: { $0.key.text == key }) else { return nil }
    taken[index] = true
    return (SettingsDecoder(node: pairs[index].value, context: context), pairs[index].keySpan.inFile(context.file))
  }

  /// The value of a key that has to be there.
  func require(_ key: String) -> SettingsDecoder? {
    assert(table.required.contains(key), "the table of \(table.noun) does not require \"\(key)\"")
    if let value = take(key) { return value }
    reportMissing([key], "\(noun) needs \"\(key)\"")
    return nil
  }

  // MARK: Values that the key's shape bounds

  /// Nil without the key, after an error, and for a word in the number's place, such as `auto`.
  func integer(_ key: String) -> Int? {
    guard let value = take(key), let shape = table[key]?.shape else { return nil }
    guard case .integer(let range) = shape.bounds else { preconditionFailure("\(key) is not an integer") }
    if value.isNull && shape.allowsNull || shape.words.contains(where: value.isWord) { return nil }
    return value.integer(in: range, (shape.words + ["a number"]).joined(separator: " or "))
  }

  /// Bytes.
  func size(_ key: String) -> Int64? {
    guard let value = take(key), let shape = table[key]?.shape else { return nil }
    guard case .size(let range) = shape.bounds else { preconditionFailure("\(key) is not a size") }
    return value.size(in: range)
  }

  /// Nil without the key, after an error, and for null where the shape allows that.
  func duration(_ key: String) -> Duration? {
    guard let value = take(key), let shape = table[key]?.shape else { return nil }
    guard case .duration(let longest, let allowsZero) = shape.bounds else { preconditionFailure("\(key) is not a duration") }
    return value.isNull && shape.allowsNull ? nil : value.duration(atMost: longest, allowsZero: allowsZero)
  }

  func bool(_ key: String) -> Bool? { take(key)?.bool() }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, _ type: Choice.Type = Choice.self) -> Choice? {
    assert(table[key]?.shape.words == type.allCases.map(\.rawValue), "the words of \(key) are not those of \(type)")
    return take(key)?.choice(type)
  }

  // MARK: The end

  /// Has `finish` report that none of `keys` is there, unless one of them is misspelt.
  func reportMissing(_ keys: [String], _ message: String) { missing.append(Missing(keys: keys, message: message)) }

  /// Whether a key comes before another in the text; both have to be there.
  func isBefore(_ one: String, _ other: String) -> Bool {
    guard let first = pairs.firstIndex(where: { $0.key.text == one }), let second = pairs.firstIndex(where: { $0.key.text == other })
    else { return false }
    return first < second
  }

  /// Reports every key that the table lacks, and what is missing.
  func finish() {
    assert(table.keys.allSatisfy { asked.contains($0.name) }, "a key of \(table.noun) is in its table and not decoded")
    if !taken.contains(false), missing.isEmpty { return }
    for (index, pair) in pairs.enumerated() where !taken[index] && !table.isExtension(pair.key.text) {
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
    let unused = table.keys.map(\.name).filter { name in !pairs.contains { $0.key.text == name } }
    if let foreign = ForeignKeys.meaning(of: key, in: noun) {
      if let advice = foreign.advice { return ("; \(advice)", Set(foreign.meant)) }
      if let meant = foreign.meant.first, unused.contains(meant) { return (" (did you mean \"\(meant)\"?)", [meant]) }
    }
    guard let nearest = Suggestion.nearest(to: key, among: unused) else { return ("", []) }
    return (" (did you mean \"\(nearest)\"?)", [nearest])
  }
}
