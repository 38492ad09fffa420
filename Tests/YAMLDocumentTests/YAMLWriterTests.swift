import Testing

@testable import YAMLDocument

@Suite struct YAMLWriterTests {
  /// The text of a tree, and the tree that the text has.
  func written(_ node: YAMLNode) -> (text: String, again: String?) {
    let text = YAMLWriter.text(of: node)
    let document = compose(text)
    return (text, document.errors.isEmpty ? document.root?.exactShape : "\(document.errors)")
  }

  @Test func `a tree is written in blocks, short lists of scalars and empty collections on one line`() {
    let tree = YAMLNode.mapping([
      (key: "listen", value: .sequence([.string("127.0.0.1:8080"), .string("[::1]:8080")])),
      (
        key: "routes",
        value: .sequence([
          .mapping([(key: "path", value: .string("/users/{id}")), (key: "json", value: .mapping([(key: "id", value: .plain("1.0"))]))]),
          .mapping([(key: "path", value: .string("/")), (key: "text", value: .string("a\nb\n")), (key: "x", value: .sequence([]))]),
        ])
      ), (key: "x-none", value: .mapping([])),
    ])
    let text = """
      listen: [127.0.0.1:8080, "[::1]:8080"]
      routes:
        - path: /users/{id}
          json:
            id: 1.0
        - path: /
          text: |
            a
            b
          x: []
      x-none: {}

      """
    #expect(YAMLWriter.text(of: tree) == text)
    #expect(written(tree).again == tree.exactShape)
  }

  @Test(
    arguments: [
      "", " ", "a", " a", "a ", "no", "Yes", "on", "~", "null", "true", "1", "1.0", "0x1F", "1:30", "1_000", "-", "- a", "-a", "?", "? a",
      ":", "a:", "a: b", "a:b", "a #b", "#a", "a#b", "&a", "*a", "!a", "|", ">", "@a", "`a", "%a", "'a'", "\"a\"", "{a}", "[a]", "a, b",
      "a]", "}", "---", "--- a", "...", "<<", "=", "a\tb", "\ta", "a\n", "a\nb", "\na", "a\n\n", "a\n\nb", "a\n \nb", " a\nb", "a\r\nb",
      "\u{85}",
      "a\u{2028}b", "\u{FEFF}a", "\u{0}", "\u{1B}[31m", "\u{7F}", "\u{9B}", "é", "日本", "\u{1F600}", "\u{FFFF}", "\u{202E}a", "\\", "\\n",
      "a: b\nc", "# a\nb", "--- \nb", "---\nb", "${HOME}", "$${HOME}", "{{path.id}}", "http://[::1]:80/a?b=c#d", "a\n  b\n c\n", "a\n\tb\n",
    ])
  func `any text reads as itself, as a value, in a list, as a key and alone`(_ text: String) {
    let tree = YAMLNode.mapping([
      (key: "value", value: .string(text)), (key: "list", value: .sequence([.string(text), .string("x")])),
      (key: "deep", value: .sequence([.sequence([.mapping([(key: text, value: .string(text))])])])),
    ])
    let (written, again) = written(tree)
    #expect(again == tree.exactShape, "\(written)")
    #expect(self.written(.string(text)).again == YAMLNode.string(text).exactShape)
  }

  @Test func `a key of any length reads as itself`() {
    for count in [100, 895, 905, 1_023, 1_025, 5_000] {
      let tree = YAMLNode.sequence([
        .mapping([(key: String(repeating: "k", count: count), value: .sequence([.mapping([(key: "a", value: .string("b"))])]))])
      ])
      #expect(written(tree).again == tree.exactShape, "\(count)")
    }
  }

  @Test func `kinds are kept, with the spelling of numbers`() {
    let text = "[~, null, '', 1, 1.0, 0x1F, !!float 1, !!str 1, 'true', true, .inf, 1e3, 12345678901234567890]"
    let tree = compose(text).root!
    #expect(written(tree).again == tree.exactShape)
  }

  /// Random trees from a fixed seed: what is written is what is read.
  @Test func `every tree reads as itself`() {
    var random = SmallRandom(state: 42)
    for _ in 0..<3_000 {
      let tree = random.node(depth: 0)
      let (text, again) = written(tree)
      #expect(again == tree.exactShape, "\(text)")
      if again != tree.exactShape { return }
    }
  }

  @Test func `aliases and merge keys are written out`() {
    let tree = compose("a: &a {x: 1}\nb: *a\nc: {<<: *a, z: 2}\n").root!
    #expect(YAMLWriter.text(of: tree) == "a:\n  x: 1\nb:\n  x: 1\nc:\n  x: 1\n  z: 2\n")
  }
}

extension YAMLNode {
  /// The tree with the kind of every scalar, its text unmistakably quoted; an empty null has the text of the word.
  fileprivate var exactShape: String {
    switch content {
    case .scalar(let scalar): "\(scalar.kind)\(YAMLScalarText.quoted(scalar.kind == .null && scalar.text.isEmpty ? "null" : scalar.text))"
    case .sequence(let items): "[" + items.map(\.exactShape).joined(separator: ",") + "]"
    case .mapping(let pairs):
      "{" + pairs.map { "\(YAMLScalarText.quoted($0.key.text)):\($0.value.exactShape)" }.joined(separator: ",") + "}"
    }
  }
}

/// SplitMix64.
private struct SmallRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let pieces: [String] =
    (" :-#,[]{}&*!|>'\"%@`?=<~\\\n\t.$0123456789abcnoyes/_+^()".unicodeScalars.map { String($0) })
    + ["\u{85}", "\u{A0}", "\u{2028}", "\r", "\u{7}", "é", "語", "\u{1F4A9}", ": ", " #", "---", "...", "\n\n", "\n ", "true", "null", "<<"]

  mutating func text() -> String {
    (0..<Int.random(in: 0...8, using: &self)).map { _ in Self.pieces.randomElement(using: &self) ?? "" }.joined()
  }

  mutating func node(depth: Int) -> YAMLNode {
    switch Int.random(in: 0..<(depth < 4 ? 6 : 3), using: &self) {
    case 0, 1: return .string(text())
    case 2: return .plain(["1", "1.5", "true", "~", "null", "-7", "0o17"].randomElement(using: &self) ?? "1")
    case 3: return .sequence((0..<Int.random(in: 0...4, using: &self)).map { _ in node(depth: depth + 1) })
    default:
      var seen: Set<String> = []
      var pairs: [(key: String, value: YAMLNode)] = []
      for _ in 0..<Int.random(in: 0...4, using: &self) {
        let key = text()
        if seen.insert(key).inserted { pairs.append((key, node(depth: depth + 1))) }
      }
      return .mapping(pairs)
    }
  }
}
