// Two versions of one route, and in what they differ.

/// What became of a route between two configurations; where it stands in the file does not count.
struct RouteComparison {
  private(set) var details: [String] = []

  init(_ old: RouteSettings, _ new: RouteSettings) {
    note("path", old.pattern.text, new.pattern.text)
    note("methods", old.methods?.joined(separator: ",") ?? "any", new.methods?.joined(separator: ",") ?? "any")
    note("delay", old.delay?.spelling ?? "0", new.delay?.spelling ?? "0")
    if old.headers != new.headers { details.append("headers") }
    if old.cors != new.cors { details.append("cors") }
    compareResponders(old.responder, new.responder)
  }

  private mutating func note(_ name: String, _ old: String, _ new: String) {
    if old != new { details.append("\(name) \(old) → \(new)") }
  }

  private mutating func compareResponders(_ old: any ResponderOptions, _ new: any ResponderOptions) {
    let before = details.count
    switch (old, new) {
    case (let old as CannedJSONOptions, let new as CannedJSONOptions):
      note("status", String(old.status), String(new.status))
      note("content_type", old.contentType, new.contentType)
      if old.body != new.body { details.append("body") }
    case (let old as FixedResponseOptions, let new as FixedResponseOptions):
      note("status", String(old.status), String(new.status))
      note("content_type", old.contentType ?? "auto", new.contentType ?? "auto")
      if old.body != new.body { details.append("body") }
    case (let old as RedirectOptions, let new as RedirectOptions):
      note("status", String(old.status), String(new.status))
      if old.target != new.target { details.append("to") }
    case (let old as StaticFilesOptions, let new as StaticFilesOptions):
      note("static", old.source.path, new.source.path)
      if details.count == before, old != new { details.append("static") }
    case (let old as ProxyToFileOptions, let new as ProxyToFileOptions):
      note("store", old.store, new.store)
      note("upstream", old.upstream ?? "none", new.upstream ?? "none")
      note("mode", old.mode.rawValue, new.mode.rawValue)
      note("credentials", old.credentials.rawValue, new.credentials.rawValue)
      if details.count == before, old != new { details.append("proxy_to_file") }
    default:
      if type(of: old) != type(of: new) {
        details.append("\(type(of: old).kind) → \(type(of: new).kind)")
      } else if !Self.areEqual(old, new) {
        details.append(type(of: old).kind)
      }
    }
  }

  /// Of a kind of options that is not known here: equal if it can be compared and is.
  private static func areEqual(_ old: any ResponderOptions, _ new: any ResponderOptions) -> Bool {
    func compare<T: Equatable>(_ old: T) -> Bool { old == new as? T }
    guard let old = old as? any Equatable else { return false }
    return compare(old)
  }
}

extension StaticFilesOptions.Source {
  fileprivate var path: String {
    switch self {
    case .directory(let path), .file(let path): path
    }
  }
}
