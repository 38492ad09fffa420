// `static: DIR`, `static: FILE`, or a mapping with `root` and the rest.

import HTTPCore
import YAMLDocument

enum StaticFilesDecoder {
  static let key = Key(
    StaticFilesOptions.kind, .any([.path, .mapping(keys)]), "A directory or a file to serve, or a mapping with root and the rest.")

  private static let keys = KeyTable(
    StaticFilesOptions.kind,
    [
      Key("root", .path, "The directory, or one file for every path of the route."),
      Key("index", .list(of: .text), default: "[index.html]", "Names tried for a path that is a directory."),
      Key(
        "fallback", .any([.matching("^/"), .null]),
        "The path below the root that answers where no file does, for single-page applications."),
      Key("listing", .bool, default: "false", "Whether a directory without an index is listed, in HTML or JSON as the client accepts."),
      Key(
        "precompressed", .list(of: .choice(of: StaticFilesOptions.Precompression.self)), default: "[]",
        "Which of br, zstd and gzip to look for beside a file."),
      Key(
        "dotfiles", .choice(of: StaticFilesOptions.DotfilePolicy.self), default: "deny",
        "Whether names that begin with a period are served, but for /.well-known at the top, which always is."),
      Key(
        "symlinks", .choice(of: StaticFilesOptions.SymlinkPolicy.self), default: "within_root", "Whether symbolic links are followed."),
      Key(
        "content_types", Shape.entries(names: "^\\.?[^./]+$", .matching("/")).orNull,
        "Media types by file extension, before the built-in ones and those of /etc/mime.types."),
      Key("cache_control", .any([.text, .null]), "The value of Cache-Control; no such field by default."),
    ], required: ["root"])

  static func decode(_ responder: ResponderDecoding) -> StaticFilesOptions? {
    let value = responder.value
    if value.node.mapping == nil {
      guard let path = value.path("a directory, a file or a mapping with \"root\""), let source = source(path, value) else { return nil }
      return checked(StaticFilesOptions(source: source), responder)
    }
    guard let mapping = value.mapping(keys) else { return nil }
    let root = mapping.require("root")
    let path = root?.path("a directory or a file")
    let source = root.flatMap { root in path.flatMap { self.source($0, root) } }
    var options = StaticFilesOptions(source: source ?? .directory(""))
    if let index = mapping.take("index")?.texts("a list of file names", of: "a file name") { options.index = index }
    if let fallback = mapping.take("fallback"), !fallback.isNull { options.fallback = self.fallback(fallback, source: source) }
    if let listing = mapping.bool("listing") { options.listing = listing }
    if let value = mapping.take("precompressed") { options.precompressed = precompressed(value) }
    if let policy = mapping.choice("dotfiles", StaticFilesOptions.DotfilePolicy.self) { options.dotfiles = policy }
    if let policy = mapping.choice("symlinks", StaticFilesOptions.SymlinkPolicy.self) { options.symlinks = policy }
    if let types = mapping.take("content_types") { options.contentTypes = contentTypes(types) }
    if let value = mapping.take("cache_control"), !value.isNull { options.cacheControl = HeadersDecoder.fieldValue(value) }
    mapping.finish()
    return source == nil ? nil : checked(options, responder)
  }

  private static func precompressed(_ value: SettingsDecoder) -> [StaticFilesOptions.Precompression] {
    let expected = "a list of br, zstd and gzip"
    if value.isSwitch {
      value.errorExpected(expected, write: "write precompressed: [br, zstd, gzip], or [] for none")
      return []
    }
    return value.list(expected)?.compactMap { $0.choice() } ?? []
  }

  /// A directory or a file, whichever is there.
  private static func source(_ path: String, _ value: SettingsDecoder) -> StaticFilesOptions.Source? {
    switch ConfiguredFiles.examine(path) {
    case .success(.directory): return .directory(path)
    case .success(.file): return .file(path)
    case .success(.other): value.error("cannot serve \"\(path.escapingControls)\": it is neither a directory nor a file")
    case .failure(let reason): value.error("cannot serve \"\(path.escapingControls)\": \(reason.message)")
    }
    return nil
  }

  /// A path below the root; what is not there yet may come with the next build of the site.
  private static func fallback(_ value: SettingsDecoder, source: StaticFilesOptions.Source?) -> String? {
    guard let path = value.nonEmptyText("a path below the root such as /index.html") else { return nil }
    guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      value.error("expected a path below the root such as /index.html, found \"\(path.excerpt)\"")
      return nil
    }
    switch source {
    case .directory(let root):
      if case .failure(let reason) = ConfiguredFiles.examine(root + path) {
        value.context.warning("the fallback \"\((root + path).escapingControls)\" cannot be read: \(reason.message)", at: value.mark)
      }
    case .file: value.error("one file needs no fallback")
    case nil: break
    }
    return path
  }

  /// `{glsl: text/plain}`, with or without the period of the extension.
  private static func contentTypes(_ value: SettingsDecoder) -> [String: String] {
    guard let pairs = value.node.mapping else {
      if !value.isNull { value.errorExpected("a mapping of file extensions and media types") }
      return [:]
    }
    var types: [String: String] = [:]
    for pair in pairs {
      let key = pair.key.text
      let name = (key.hasPrefix(".") ? String(key.dropFirst()) : key).lowercased()
      // What follows the last period of a name is all that is looked up.
      guard !name.isEmpty, !name.contains("."), !name.contains("/") else {
        value.context.error("\"\(key.excerpt)\" is not a file extension such as glsl", at: pair.keySpan)
        continue
      }
      let item = SettingsDecoder(node: pair.value, context: value.context)
      guard let type = HeadersDecoder.fieldValue(item) else { continue }
      guard MediaType.isMediaType(type.prefix { $0 != ";" && $0 != " " }) else {
        item.error("expected a media type such as text/plain; charset=utf-8, found \"\(type.excerpt)\"")
        continue
      }
      types[name] = type
    }
    return types
  }

  /// Without `**` there is no path to look for below a directory.
  private static func checked(_ options: StaticFilesOptions, _ responder: ResponderDecoding) -> StaticFilesOptions {
    if case .directory = options.source, let pattern = responder.scope.pattern, !pattern.hasRest {
      let example = pattern.text.hasSuffix("/") ? "\(pattern.text)**" : "\(pattern.text)/**"
      responder.value.error("a directory answers a path that ends in **, such as \(example)")
    }
    return options
  }
}
