// The main file and those it includes, read in the order in which a reader would paste them in place.

import Reactor
import YAMLDocument

/// The state of loading one configuration.
final class ConfigurationReader {
  /// Includes within includes; more is a cycle by other names.
  private static let depthLimit = 16
  /// Diagnostics kept; of more, their number.
  private static let diagnosticLimit = 1000

  /// Of the main file; in an included file, those of the main file are errors.
  static let keys = KeyTable(
    "configuration", noun: "the configuration",
    ServerDecoder.keys + [
      Key(
        "include", .list(of: .path).orNull,
        "Further files of routes, as paths or patterns with * and ?, each with routes, defaults for its own routes, and include."),
      StatesDecoder.key,
      Key("defaults", .mapping(RouteDefaults.keys).orNull, "What every route has unless it says otherwise, key by key."),
      Key("routes", .sequence(of: .mapping(RouteDecoder.keys)).orNull, "The routes; the first that matches a request answers it."),
    ],
    // A place for anchors that only exist to be referred to.
    allowsExtensions: true)

  private let environment: [String: String]
  private var settings = Settings()
  private var routes: [DecodedRoute] = []
  /// What the configuration says in effect, as far as it is read; nil without a dump.
  private var effective: EffectiveConfiguration?
  private var sources: [SourceText] = []
  private var contexts: [DecodingContext] = []
  private var files: [String] = []
  /// Where each file that was read is included, by what file it really is.
  private var included: [[UInt64]: SourceMark] = [:]
  /// Where `routes` has no value.
  private var emptyRoutes: [SourceMark] = []
  private var validation = SettingsValidation()

  /// - Parameter isDumped: whether `effectiveConfiguration` is wanted.
  init(environment: [String: String], isDumped: Bool = false) {
    self.environment = environment
    effective = isDumped ? EffectiveConfiguration() : nil
  }

  // MARK: Files

  func readMain(_ source: SourceText) {
    let start = SourceMark(file: source.file, line: 1, column: 1)
    included[ConfiguredFiles.identity(source.file) ?? []] = start
    guard let (root, context) = compose(source) else { return }
    var timeoutMark: SourceMark?
    if let root {
      let value = SettingsDecoder(node: root, context: context)
      if let mapping = value.mapping(Self.keys, "a mapping with \"routes\" and other settings") {
        ServerDecoder.decode(mapping, into: &settings)
        context.callbacks = settings.callbacks
        settings.states = mapping.take("states").map { StatesDecoder.decode($0) } ?? []
        timeoutMark = root["timeouts"]?["keep_alive"]?.span.inFile(source.file)
        effective?.main = EffectiveConfiguration.Part(root, context)
        decodeRoutes(mapping, defaults: RouteDefaults(), levels: [], depth: 0)
      }
    }
    let decoded = validation.assignIDs(routes)
    validation.checkReach(of: decoded)
    // Where there is an error, it is why.
    let hasNoRoutes = routes.isEmpty && !contexts.contains(where: \.hasErrors)
    validation.reportRoutes(
      isEmpty: hasNoRoutes, withoutValue: emptyRoutes, file: root?.span.inFile(source.file) ?? start)
    validation.check(settings, timeoutMark: timeoutMark)
    validation.checkSavedFiles(of: decoded)
    // A route with an error in it may be the one that sets a state.
    if !contexts.contains(where: \.hasErrors) { validation.checkStates(settings.states, routes: decoded) }
    settings.routes = decoded
    settings.saysNothing = decoded.isEmpty && root?["routes"]?.sequence == nil
  }

  private func readIncluded(
    _ path: String, from value: SettingsDecoder, defaults: RouteDefaults, levels: [EffectiveConfiguration.Part], depth: Int
  ) {
    let identity = ConfiguredFiles.identity(path) ?? []
    if let first = included[identity] {
      if first.line == 1, first.column == 1, first.file == files.first {
        value.error("\"\(path.escapingControls)\" is the main file itself")
      } else {
        value.error("\"\(path.escapingControls)\" is included twice, first at \(first)")
      }
      return
    }
    if depth > Self.depthLimit || files.count > IncludePattern.fileLimit {
      value.error("more than \(depth > Self.depthLimit ? "\(Self.depthLimit) levels of includes" : "\(IncludePattern.fileLimit) files")")
      return
    }
    switch ConfiguredFiles.read(path, limit: YAMLLimits().bytes) {
    case .failure(let reason):
      value.error("cannot read \"\(path.escapingControls)\": \(reason.message)")
    case .success(let bytes):
      included[identity] = value.mark
      guard let (root, context) = compose(SourceText(file: path, bytes: bytes)) else { return }
      guard let root else { return context.warning(Self.noRoutes, at: SourceMark(file: path, line: 1, column: 1)) }
      guard
        let mapping = SettingsDecoder(node: root, context: context).mapping(
          Self.keys, "a mapping with \"routes\"", as: "an included file")
      else {
        return
      }
      context.states = contexts.first?.states ?? []
      for key in ServerDecoder.keys.map(\.name) + [StatesDecoder.key.name] {
        if let (_, mark) = mapping.takeEntry(key) {
          context.error("\"\(key)\" belongs in the main file; an included file has \"routes\", \"defaults\" and \"include\"", at: mark)
        }
      }
      if root["routes"] == nil, root["include"] == nil { context.warning(Self.noRoutes, at: mapping.mark) }
      decodeRoutes(mapping, defaults: defaults, levels: levels, depth: depth)
    }
  }

  private static let noRoutes = "this included file has no routes"

  /// The outer nil is a file whose grammar is broken, the inner one an empty file.
  private func compose(_ source: SourceText) -> (root: YAMLNode?, context: DecodingContext)? {
    let context = DecodingContext(file: source.file, environment: environment, keepsResolutions: effective != nil)
    context.callbacks = settings.callbacks
    sources.append(source)
    contexts.append(context)
    files.append(source.file)
    if let status = ConfiguredFiles.status(of: source.file, ifOfSize: source.bytes.count) { settings.fileStatuses[source.file] = status }
    let document = YAMLComposer.compose(source)
    for error in document.errors { context.report(error) }
    if document.root == nil && !document.errors.isEmpty { return nil }
    return (document.root, context)
  }

  // MARK: Routes

  /// `defaults`, then `routes` and `include` in the order of the text.
  ///
  /// - Parameter levels: the `defaults` of the files that include this one, as they are written.
  private func decodeRoutes(
    _ mapping: MappingDecoder, defaults inherited: RouteDefaults, levels: [EffectiveConfiguration.Part], depth: Int
  ) {
    let includeFirst = mapping.isBefore("include", "routes")
    let include = mapping.take("include")
    let ownDefaults = mapping.take("defaults")
    let defaults = ownDefaults.map { inherited.overridden(by: $0) } ?? inherited
    let levels = levels + (ownDefaults.map { [EffectiveConfiguration.Part($0.node, $0.context)] } ?? [])
    let (routes, routesMark) = mapping.takeEntry("routes") ?? (nil, mapping.mark)
    if depth == 0 { settings.cors = defaults.cors }
    if let include, includeFirst { self.include(include, defaults: defaults, levels: levels, depth: depth) }
    if let routes, routes.isNull {
      emptyRoutes.append(routesMark)
    } else if let routes {
      if let items = routes.node.sequence {
        self.routes.reserveCapacity(self.routes.count + items.count)
        for item in items {
          self.routes.append(RouteDecoder.decode(SettingsDecoder(node: item, context: mapping.context), defaults: defaults))
        }
        effective?.layers.append(
          EffectiveConfiguration.Layer(
            routes: EffectiveConfiguration.Part(routes.node, mapping.context), defaults: levels, isOfMain: depth == 0))
      } else {
        routes.errorExpected("a list of routes", write: Self.routesHint(routes.node))
      }
    }
    if let include, !includeFirst { self.include(include, defaults: defaults, levels: levels, depth: depth) }
    mapping.finish()
  }

  /// What to write for `routes: {path: /}`, `routes: {/users: …}` and `routes: routes.yaml`.
  private static func routesHint(_ node: YAMLNode) -> String? {
    guard let first = node.mapping?.first?.key.text else {
      guard let text = node.scalar?.text, text.contains(where: { "./*".contains($0) }) else { return nil }
      return "a file of routes is named by include: \(text.excerpt)"
    }
    if let foreign = ForeignKeys.meaning(of: first, in: "the configuration"), first.contains("/") { return foreign.advice }
    return "put \"- \" before the first key of each: - \(first.excerpt): …"
  }

  private func include(_ value: SettingsDecoder, defaults: RouteDefaults, levels: [EffectiveConfiguration.Part], depth: Int) {
    if value.isNull { return }
    for item in value.list("a file, a pattern such as conf.d/*.yaml, or a list of them") ?? [] {
      guard let path = item.path("a file or a pattern such as conf.d/*.yaml") else { continue }
      item.context.noteRead(path)
      let files = NamePattern.hasWildcard(path) ? IncludePattern.files(matching: path) : [path]
      for file in files { readIncluded(file, from: item, defaults: defaults, levels: levels, depth: depth + 1) }
    }
  }

  // MARK: Result

  func result() -> LoadResult {
    let diagnostics = sortedDiagnostics()
    settings.files = files
    let hasErrors = diagnostics.contains { $0.severity == .error }
    return LoadResult(
      settings: hasErrors ? nil : settings, diagnostics: diagnostics, files: files, namedPaths: contexts.flatMap(\.readPaths))
  }

  /// The whole configuration as one tree; nil after an error that left nothing of it, and where it was not asked for.
  func effectiveConfiguration(showsSecrets: Bool) -> YAMLNode? { effective?.tree(showsSecrets: showsSecrets) }

  /// In the order of the files, then by position; what an alias made two of is one; errors have their source line.
  private func sortedDiagnostics() -> [Diagnostic] {
    let order = Dictionary(files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let all = (contexts.flatMap(\.diagnostics) + validation.diagnostics).enumerated().sorted { one, other in
      let left = (order[one.element.file] ?? .max, one.element.line, one.element.column, one.offset)
      let right = (order[other.element.file] ?? .max, other.element.line, other.element.column, other.offset)
      return left < right
    }
    var unique: [Diagnostic] = []
    for (_, diagnostic) in all where !unique.suffix(8).contains(diagnostic) { unique.append(diagnostic) }
    let hidden = Array(unique.dropFirst(Self.diagnosticLimit))
    unique.removeLast(hidden.count)

    var lines: [String: [Int: String]] = [:]
    for source in sources {
      let wanted = Set(unique.lazy.filter { $0.file == source.file && $0.severity == .error }.map(\.line))
      lines[source.file] = source.lines(numbered: wanted)
    }
    var shown = unique.map { $0.severity == .error ? $0.with(sourceLine: lines[$0.file]?[$0.line]) : $0 }
    if !hidden.isEmpty {
      let errors = hidden.count { $0.severity == .error }
      let counts = Diagnostic.HiddenProblems(errors: errors, warnings: hidden.count - errors)
      let message = "\(hidden.count) more problems are not shown"
      shown.append(Diagnostic(errors > 0 ? .error : .warning, file: files[0], line: 0, column: 0, message: message, hidden: counts))
    }
    return shown
  }
}

extension Diagnostic {
  fileprivate func with(sourceLine: String?) -> Diagnostic {
    Diagnostic(
      severity, file: file, line: line, column: column, length: length, message: message, notes: notes, sourceLine: sourceLine)
  }
}
