// Whom an answer is for, as far as its fields say: all clients, one client, or those whose requests are alike in the
// fields that it varies by.

package import HTTPCore

/// Which requests an answer is for.
package struct AnswerAudience: Equatable, Sendable {
  /// The answer says that it is one client's: Cache-Control private or no-store, Set-Cookie, or Vary on credentials or
  /// on everything.
  package private(set) var isPrivate = false
  /// Vary: *, or more names than anybody compares: no other request is known to be alike.
  package private(set) var isSingular = false
  /// The request fields that the answer varies by, in lower case, sorted (RFC 9110 §12.5.5). Without those that say who
  /// asks, and those that the upstream gets from us: Accept-Encoding and Host.
  package private(set) var varying: [String] = []

  private static let maxVaryingFields = 16
  private static let ownFields: Set<String> = ["accept-encoding", "host"]

  /// - Parameter credentials: names, in lower case, of the fields that say who asks.
  package init(_ fields: [FieldLine], credentials: [String]) {
    var names: Set<String> = []
    for field in fields {
      switch FieldSyntax.lowercased(field.name) {
      case "set-cookie", "set-cookie2": isPrivate = true
      case "cache-control":
        let directives = FieldSyntax.listElements(field.value).map { FieldSyntax.lowercased(FieldSyntax.trimmed($0.prefix { $0 != "=" })) }
        if directives.contains("private") || directives.contains("no-store") { isPrivate = true }
      case "vary": names.formUnion(FieldSyntax.listElements(field.value).map { FieldSyntax.lowercased($0) })
      default: break
      }
    }
    isSingular = names.contains("*") || names.count > Self.maxVaryingFields
    if isSingular || !names.isDisjoint(with: credentials) { isPrivate = true }
    if !isSingular { varying = names.subtracting(credentials).subtracting(Self.ownFields).sorted() }
  }

  /// The values that a request has for the varying fields.
  package func values(in fields: HeadFields) -> [RecordingKey.Header] {
    varying.map { .init(name: $0, value: fields.forwardedValue($0)) }
  }
}
