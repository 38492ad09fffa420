// The fields of an upstream's answer that name places on it: redirects, the content's own URL, refreshes, and the paths
// of cookies.

import HTTPCore

extension UpstreamLocation {
  /// The fields with whatever leads below the upstream's URL leading below `prefix`, the route's own path.
  func mapped(_ fields: [FieldLine], prefix: String) -> [FieldLine] {
    fields.map { field in
      switch FieldSyntax.lowercased(field.name) {
      case "location", "content-location": FieldLine(field.name, rewritten(field.value, prefix: prefix))
      case "refresh": FieldLine(field.name, refresh(field.value, prefix: prefix))
      case "set-cookie": FieldLine(field.name, cookie(field.value, prefix: prefix))
      default: field
      }
    }
  }

  /// `5; url=/next`, as browsers read it (HTML section 4.2.5.3): a time, a separator, perhaps `url=`, and a reference
  /// in quotes or not.
  private func refresh(_ value: String, prefix: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let time = value.drop(while: isBlank)
    let afterTime = time.drop { $0.isASCII && $0.isNumber || $0 == "." }
    var start = afterTime.drop(while: isBlank)
    guard afterTime.startIndex > time.startIndex, let separator = afterTime.first, ";, \t".contains(separator) else { return value }
    if start.first == ";" || start.first == "," { start = start.dropFirst().drop(while: isBlank) }
    if FieldSyntax.lowercased(start.prefix(3)) == "url" {
      let equals = start.dropFirst(3).drop(while: isBlank)
      if equals.first == "=" { start = equals.dropFirst().drop(while: isBlank) }
    }
    let quote = start.first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
    if quote != nil { start = start.dropFirst() }
    let reference = quote.map { quote in start.prefix { $0 != quote } } ?? start
    guard !reference.isEmpty else { return value }
    return "\(value[..<reference.startIndex])\(rewritten(String(reference), prefix: prefix))\(value[reference.endIndex...])"
  }

  /// A cookie for a path below the upstream's own is for that path below the route. Its domain is left out: the cookie
  /// is this host's now. One for a path that is not below stays: `/`, above all, is every route's that leads to the
  /// upstream.
  private func cookie(_ value: String, prefix: String) -> String {
    let parts = value.split(separator: ";", omittingEmptySubsequences: false)
    var result = parts.prefix(1).map(String.init)
    // The name demands Path=/ (RFC 6265bis section 4.1.3.2).
    let isBoundToHost = FieldSyntax.lowercased(FieldSyntax.trimmed(parts[0])).hasPrefix("__host-")
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      switch pair.first.map({ FieldSyntax.lowercased(FieldSyntax.trimmed($0)) }) {
      case "domain": continue
      case "path" where pair.count == 2 && !isBoundToHost:
        result.append("\(pair[0])=\(cookiePath(String(FieldSyntax.trimmed(pair[1])), prefix))")
      default: result.append(String(part))
      }
    }
    return result.joined(separator: ";")
  }

  private func cookiePath(_ path: String, _ prefix: String) -> String {
    guard path != "/" || !self.path.isEmpty, let rest = Self.rest(of: path, below: self.path) else { return path }
    return URIReference.onThisHost(prefix + rest)
  }
}
