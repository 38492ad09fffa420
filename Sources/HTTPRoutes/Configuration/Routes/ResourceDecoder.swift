// `resource`: a mapping with `seed` or `items`, and the rest.

import HTTPCore
import JSONText
import YAMLDocument

enum ResourceDecoder {
  static let key = Key(
    ResourceOptions.kind, .mapping(keys), "A list of JSON objects that clients read and change by GET, POST, PUT, PATCH and DELETE.")

  private static let keys = KeyTable(
    ResourceOptions.kind,
    [
      Key("seed", .path, "A file with the items to begin with, a JSON list of objects; it is never written to."),
      Key("items", .anything, "The items to begin with, written here."),
      Key("id", .text, default: "id", "The member that names an item."),
      Key(
        "new_id", .any([.words(NewIDWord.allCases.map(\.rawValue)), .text]), default: "auto",
        "The id of an item that is created without one: auto (as the seed's: whole numbers count on, else UUIDs), number, uuid or a template "
          + "such as {{json.slug}}."),
      Key(
        "methods", .list(of: .choice(of: ResourceOptions.Operation.self), atLeast: 1),
        default: "[list, get, create, replace, update, delete]", "What clients may do."),
      Key("defaults", .anything, "Members that an item is given where it is created without them, with expressions such as {{now}}."),
      Key(
        "list", .anything,
        "What stands around the items of a list, with {{items}}, {{total}}, {{page}} and {{limit}} as values; the bare list by default."),
      Key("save", Shape.path.orNull, "A file that keeps the items across restarts, rewritten before each change is answered."),
      Key("max_items", .integer(1...100_000), default: "10000", "The most items there may be, answered 507 beyond."),
    ], alternatives: ["seed", "items"])

  private enum NewIDWord: String, CaseIterable {
    case auto, number, uuid
  }

  static func decode(_ responder: ResponderDecoding) -> ResourceOptions? {
    let value = responder.value
    guard let mapping = value.mapping(keys, "a mapping with \"seed\" or \"items\"") else { return nil }
    let errors = value.context.errorCount
    var options = ResourceOptions()
    let seed = mapping.takeEntry("seed")
    let items = mapping.takeEntry("items")
    if let text = mapping.take("id")?.nonEmptyText("the name of a member") { options.idMember = text }
    if let value = mapping.take("new_id") { options.newID = newID(value, responder.scope) ?? .auto }
    if let value = mapping.take("methods"), let operations = operations(value) { options.operations = operations }
    if let value = mapping.take("defaults"), !value.isNull { options.defaults = defaults(value, responder.scope) }
    if let value = mapping.take("list"), !value.isNull { options.list = list(value) ?? .bare }
    let save = mapping.take("save").flatMap { $0.isNull ? nil : $0 }
    if let maxItems = mapping.integer("max_items") { options.maxItems = maxItems }
    if seed == nil, items == nil {
      mapping.reportMissing(["seed", "items"], "a resource needs \"seed\" or \"items\"; items: [] begins empty")
    }
    mapping.finish()

    if let seed, let items {
      let (first, second) = seed.keyMark.span < items.keyMark.span ? (seed.keyMark, items.keyMark) : (items.keyMark, seed.keyMark)
      value.context.error("a resource has \"seed\" or \"items\", not both; the other is at \(first)", at: second)
    } else if let value = seed?.value ?? items?.value {
      options.seed = seed == nil ? ResourceItems.written(value) : ResourceItems.read(value)
      if seed != nil, let path = value.path("a file") { value.context.noteRead(path) }
      if value.context.errorCount == errors { ResourceItems.check(options.seed, options.rules, what: "the seed", value) }
    }
    if let save { decodeSave(save, seed: seed?.value, &options) }
    if let pattern = responder.scope.pattern, !pattern.hasRest {
      let example = pattern.text.hasSuffix("/") ? "\(pattern.text)**" : "\(pattern.text)/**"
      value.error("a resource answers a path that ends in **, such as \(example)")
    }
    return value.context.errorCount == errors ? options : nil
  }

  private static func operations(_ value: SettingsDecoder) -> Set<ResourceOptions.Operation>? {
    let names = ResourceOptions.Operation.allCases.map(\.rawValue)
    guard let items = value.list("a list of \(names.joined(separator: ", "))") else { return nil }
    if items.isEmpty { value.error("expected at least one of \(names.joined(separator: ", "))") }
    return Set(items.compactMap { $0.choice(ResourceOptions.Operation.self) })
  }

  // MARK: Expressions

  private static func newID(_ value: SettingsDecoder, _ scope: TemplateScope) -> ResourceOptions.NewID? {
    guard let text = value.nonEmptyText("auto, number, uuid or a template such as {{json.slug}}") else { return nil }
    switch NewIDWord(rawValue: text) {
    case .auto: return .auto
    case .number: return .number
    case .uuid: return .uuid
    case nil: break
    }
    guard let template = value.template(of: text, scope: scope) else { return nil }
    if template.literal == nil { return .template(template) }
    value.error(
      "expected auto, number, uuid or a template such as {{json.slug}}, found \"\(text.excerpt)\""
        + Suggestion.phrase(for: text, among: NewIDWord.allCases.map(\.rawValue)))
    return nil
  }

  private static func defaults(_ value: SettingsDecoder, _ scope: TemplateScope) -> [ResourceOptions.DefaultMember] {
    guard let pairs = value.node.mapping else {
      value.errorExpected("a mapping such as {createdAt: \"{{now}}\"}")
      return []
    }
    return pairs.compactMap { pair in
      JSONBodyEncoder.encode(pair.value, scope: scope, context: value.context).map {
        ResourceOptions.DefaultMember(name: pair.key.text, value: $0)
      }
    }
  }

  private static func list(_ value: SettingsDecoder) -> ListTemplate? {
    let isFine = checkTexts(of: value.node, value.context) { text throws(TemplateError) in try ListTemplate.check(text) }
    guard isFine, let json = JSONLiteral.value(of: value.node, context: value.context), let list = try? ListTemplate(json) else {
      return nil
    }
    if !list.hasItems { value.error("\"list\" has no \"{{items}}\", so that no list would have its items") }
    return list
  }

  /// Reports every text that is wrong, each at its place. True if none is.
  private static func checkTexts(
    of node: YAMLNode, _ context: DecodingContext, _ check: (String) throws(TemplateError) -> Void
  ) -> Bool {
    switch node.content {
    case .sequence(let items): return items.map { checkTexts(of: $0, context, check) }.allSatisfy { $0 }
    case .mapping(let pairs): return pairs.map { checkTexts(of: $0.value, context, check) }.allSatisfy { $0 }
    case .scalar(let scalar):
      guard scalar.kind == .string else { return true }
      do throws(TemplateError) {
        try check(scalar.text)
        return true
      } catch {
        context.error(error.message, at: node.span(ofScalars: error.range))
        return false
      }
    }
  }

  // MARK: The saved file

  private static func decodeSave(_ value: SettingsDecoder, seed: SettingsDecoder?, _ options: inout ResourceOptions) {
    guard let path = value.path("a file to keep the items in") else { return }
    if let seed, let other = seed.path("a file"), isSame(path, other) {
      return value.error("the seed is never written to; save to another file")
    }
    options.file = CollectionFile(path: path, directory: ConfiguredFiles.directory(of: path))
    guard ConfiguredFiles.identity(path) != nil else { return }
    let errors = value.context.errorCount
    let saved = ResourceItems.read(value)
    if value.context.errorCount == errors { ResourceItems.check(saved, options.rules, what: "what is saved", value) }
    options.saved = saved
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    one == other || ConfiguredFiles.identity(one).map { $0 == ConfiguredFiles.identity(other) } ?? false
  }
}
