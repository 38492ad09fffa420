// Events into a tree. What libyaml leaves to its caller happens here: anchors and aliases, merge keys, keys given
// twice, tags, and the bounds that keep a small text from becoming a large tree.
//
// Grammar errors and broken bounds end the reading; a duplicate key, an unknown tag or a wrong merge is noted and the
// reading goes on, so that one look at a file tells all of them.

/// The bounds of a document, each with what it is there for.
package struct YAMLLimits: Sendable {
  /// Ten thousand routes with bodies are about 2 MiB; what is larger than this is some other file.
  package var bytes = 16 << 20
  /// Composing, decoding and releasing a tree recurse once a level.
  package var depth = 100
  /// About 100 bytes each, so that "- \n" repeated to the size limit stays within a few hundred MiB.
  package var nodes = 2_000_000
  /// Nodes that aliases stand for, counted as if written out: a kilobyte of nested aliases can stand for billions.
  package var aliasedNodes = 100_000

  package init() {}
}

/// What a text composes to: a tree if it has one, and everything that is wrong with it.
package struct ComposedDocument: Sendable {
  /// Nil for an empty text and for one that could not be read to its end.
  package let root: YAMLNode?
  package let errors: [YAMLError]
}

/// Composes the tree of one document.
package struct YAMLComposer: ~Copyable {
  private var reader: YAMLEventReader
  private let file: String
  private let limits: YAMLLimits
  private var errors: [YAMLError] = []
  private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
  /// Anchors of the collections that are being read, for an alias within its own collection.
  private var openAnchors: [String: SourceSpan] = [:]
  private var nodeCount = 0
  private var aliasedCount = 0

  private init(source: SourceText, limits: YAMLLimits) {
    reader = YAMLEventReader(source: source)
    file = source.file
    self.limits = limits
  }

  /// Reads `source`, which must be one document in UTF-8.
  package static func compose(_ source: SourceText, limits: YAMLLimits = YAMLLimits()) -> ComposedDocument {
    let start = SourceMark(file: source.file, line: 1, column: 1)
    if source.bytes.count > limits.bytes {
      let message = "the file has \(source.bytes.count) bytes; the limit is \(limits.bytes)"
      return ComposedDocument(root: nil, errors: [YAMLError(mark: start, message: message)])
    }
    if source.bytes.starts(with: [0xFE, 0xFF]) || source.bytes.starts(with: [0xFF, 0xFE]) {
      return ComposedDocument(root: nil, errors: [YAMLError(mark: start, message: "this is UTF-16; save the file as UTF-8")])
    }
    var composer = YAMLComposer(source: source, limits: limits)
    do throws(YAMLError) {
      let root = try composer.document()
      return ComposedDocument(root: root, errors: composer.errors)
    } catch {
      return ComposedDocument(root: nil, errors: composer.errors + [error])
    }
  }

  private mutating func document() throws(YAMLError) -> YAMLNode? {
    _ = try reader.next()
    guard case .documentStart = try reader.next().kind else { return nil }
    let root = try node(from: reader.next(), depth: 1).node
    _ = try reader.next()
    let after = try reader.next()
    if case .documentStart = after.kind {
      throw error(at: after.span.start, message: "a second document begins here; a file holds one")
    }
    return root
  }

  private func error(at span: SourceSpan, message: String, note: YAMLError.Note? = nil) -> YAMLError {
    YAMLError(mark: span.inFile(file), message: message, note: note)
  }

  // MARK: Nodes

  /// The node that begins with `event`, and how many nodes it is with all its aliases written out.
  private mutating func node(from event: YAMLEvent, depth: Int) throws(YAMLError) -> (node: YAMLNode, size: Int) {
    nodeCount += 1
    if nodeCount > limits.nodes {
      throw error(at: event.span.start, message: "the document has more than \(limits.nodes) nodes")
    }
    if depth > limits.depth {
      throw error(at: event.span.start, message: "collections are nested more than \(limits.depth) deep")
    }
    switch event.kind {
    case .scalar(let text, let style, let anchor, let tag):
      let kind = scalarKind(text, style: style, tag: tag, span: event.span)
      let node = YAMLNode(.scalar(YAMLScalar(text: text, style: style, kind: kind)), span: event.span)
      if let anchor { anchors[anchor] = (node, 1) }
      return (node, 1)
    case .alias(let name):
      return try aliased(name, span: event.span)
    case .sequenceStart(let anchor, let tag, let isFlow):
      check(tag, against: "tag:yaml.org,2002:seq", of: "a sequence", span: event.span)
      return try anchored(anchor, span: event.span) { (composer) throws(YAMLError) in
        try composer.sequence(start: event.span, isFlow: isFlow, depth: depth)
      }
    case .mappingStart(let anchor, let tag, let isFlow):
      check(tag, against: "tag:yaml.org,2002:map", of: "a mapping", span: event.span)
      return try anchored(anchor, span: event.span) { (composer) throws(YAMLError) in
        try composer.mapping(start: event.span, isFlow: isFlow, depth: depth)
      }
    case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
      preconditionFailure("libyaml reports a node's start before anything else")
    }
  }

  private mutating func sequence(start: SourceSpan, isFlow: Bool, depth: Int) throws(YAMLError) -> (node: YAMLNode, size: Int) {
    var items: [YAMLNode] = []
    var size = 1
    var event = try reader.next()
    while !event.endsCollection {
      let item = try node(from: event, depth: depth + 1)
      items.append(item.node)
      size += item.size
      event = try reader.next()
    }
    return (YAMLNode(.sequence(items), span: span(from: start, to: event.span, isFlow: isFlow)), size)
  }

  private mutating func mapping(start: SourceSpan, isFlow: Bool, depth: Int) throws(YAMLError) -> (node: YAMLNode, size: Int) {
    var keys = MappingKeys()
    var size = 1
    var event = try reader.next()
    while !event.endsCollection {
      let key = try node(from: event, depth: depth + 1)
      let value = try node(from: reader.next(), depth: depth + 1)
      size += key.size + value.size
      // The key stands where it is used, even if it is an alias.
      add(key.node, at: event.span, value.node, to: &keys)
      event = try reader.next()
    }
    return (YAMLNode(.mapping(keys.resolved()), span: span(from: start, to: event.span, isFlow: isFlow)), size)
  }

  private mutating func add(_ key: YAMLNode, at keySpan: SourceSpan, _ value: YAMLNode, to keys: inout MappingKeys) {
    guard let scalar = key.scalar else {
      let message = "\(key.nounPhrase) cannot be a key; put text that begins with \"{\" or \"[\" in quotes"
      errors.append(error(at: key.span, message: message))
      return
    }
    let pair = YAMLPair(key: scalar, keySpan: keySpan, value: value)
    if scalar.text == "<<", scalar.style == .plain {
      merge(pair, into: &keys)
    } else if let first = keys.add(pair) {
      errors.append(duplicate(scalar.text, at: keySpan, first: first))
    }
  }

  /// A flow collection is its brackets and what is between them; a block collection ends wherever the next thing
  /// begins, so its first character stands for it.
  private func span(from start: SourceSpan, to end: SourceSpan, isFlow: Bool) -> SourceSpan {
    guard isFlow else { return start.start }
    return SourceSpan(line: start.line, column: start.column, endLine: end.endLine, endColumn: end.endColumn)
  }

  // MARK: Anchors, aliases, merge keys

  private mutating func anchored(
    _ anchor: String?, span: SourceSpan, _ read: (inout YAMLComposer) throws(YAMLError) -> (node: YAMLNode, size: Int)
  ) throws(YAMLError) -> (node: YAMLNode, size: Int) {
    guard let anchor else { return try read(&self) }
    let outer = openAnchors.updateValue(span, forKey: anchor)
    let result = try read(&self)
    openAnchors[anchor] = outer
    anchors[anchor] = result
    return result
  }

  private mutating func aliased(_ name: String, span: SourceSpan) throws(YAMLError) -> (node: YAMLNode, size: Int) {
    if let open = openAnchors[name] {
      throw error(
        at: span, message: "the alias *\(name) contains itself",
        note: YAMLError.Note(mark: open.start.inFile(file), message: "it stands for what begins here"))
    }
    guard let target = anchors[name] else {
      let known = anchors.isEmpty ? "; quote the text if \"*\" is meant literally" : ""
      errors.append(error(at: span, message: "no anchor &\(name) comes before this alias\(known)"))
      return (YAMLNode(.scalar(YAMLScalar(text: "", style: .plain, kind: .null)), span: span), 1)
    }
    aliasedCount += target.size
    if aliasedCount > limits.aliasedNodes {
      throw error(at: span, message: "aliases stand for more than \(limits.aliasedNodes) nodes")
    }
    return target
  }

  private mutating func merge(_ pair: YAMLPair, into keys: inout MappingKeys) {
    if let first = keys.mergeSpan {
      errors.append(duplicate("<<", at: pair.keySpan, first: first))
      return
    }
    var merged: [YAMLPair] = []
    switch pair.value.content {
    case .mapping(let pairs):
      merged = pairs
    case .sequence(let items) where items.allSatisfy({ $0.mapping != nil }):
      // The earlier of two merged mappings wins, as the merge key specification has it.
      var union = MappingKeys()
      for candidate in items.compactMap(\.mapping).joined() { _ = union.add(candidate) }
      merged = union.resolved()
    default:
      let message = "\"<<\" merges a mapping or a list of mappings, not \(pair.value.nounPhrase)"
      errors.append(error(at: pair.value.span, message: message))
    }
    keys.merge(merged, at: pair.keySpan)
  }

  private func duplicate(_ key: String, at span: SourceSpan, first: SourceSpan) -> YAMLError {
    error(at: span, message: "the key \"\(key.excerpt)\" is given twice in this mapping, first at \(first.inFile(file))")
  }

  // MARK: Tags

  private mutating func scalarKind(_ text: String, style: YAMLScalar.Style, tag: String?, span: SourceSpan) -> YAMLScalar.Kind {
    guard let tag else { return style == .plain ? CoreSchema.kind(ofPlain: text) : .string }
    let kind: YAMLScalar.Kind
    switch tag {
    case "!", "tag:yaml.org,2002:str": return .string
    case "tag:yaml.org,2002:null": kind = .null
    case "tag:yaml.org,2002:bool": kind = .bool
    case "tag:yaml.org,2002:int": kind = .int
    case "tag:yaml.org,2002:float": kind = .float
    default:
      errors.append(error(at: span, message: "unknown tag \"\(tag.excerpt)\"; quote the text if \"!\" is meant literally"))
      return .string
    }
    let written = CoreSchema.kind(ofPlain: text)
    if written != kind && !(kind == .float && written == .int) {
      errors.append(error(at: span, message: "\"\(text.excerpt)\" is not what its tag says it is"))
    }
    return kind
  }

  private mutating func check(_ tag: String?, against expected: String, of noun: String, span: SourceSpan) {
    guard let tag, tag != expected, tag != "!" else { return }
    errors.append(error(at: span, message: "unknown tag \"\(tag.excerpt)\" of \(noun)"))
  }
}
