// Who may ask. Other sites in an operator's browser may not, neither by a name that resolves to this machine (DNS
// rebinding) nor by a form; and over a network only who has the token.

import AsyncHTTPServer
import HTTPCore
import HTTPRoutes

struct AdminAccess: Sendable {
  /// The name that has to be in Host, beside loopback; nil: any, since a browser cannot connect or the token decides.
  private let host: String?
  private let token: [UInt8]?

  init(_ settings: AdminSettings) {
    if case .tcp(let host, _) = settings.listen.address, settings.listen.address.isLocal {
      self.host = host.lowercased()
    } else {
      host = nil
    }
    token = settings.token.map { Array($0.utf8) }
  }

  /// Throws 421 for a Host that is not this listener's, and 401 without the token.
  func check(_ request: Request) throws(AdminProblem) {
    if let host, !Self.isOwn(request.host ?? "", host) {
      throw AdminProblem(
        421, "the Host \"\(request.host ?? "")\" is not this listener's; ask for \(host.contains(":") ? "[\(host)]" : host) or localhost")
    }
    guard let token else { return }
    let given = request.headers[.authorization] ?? ""
    guard given.lowercased().hasPrefix("bearer "), Self.areEqual(Array(given.utf8.dropFirst(7)), token) else {
      var problem = AdminProblem(401, "this listener asks for its token: Authorization: Bearer …")
      problem.headers[.wwwAuthenticate] = "Bearer realm=\"asynchttpd\""
      throw problem
    }
  }

  /// Throws 403 without the header that no form and no other site can send.
  func checkWrite(_ request: Request) throws(AdminProblem) {
    guard request.headers[AdminFields.write] != "1" else { return }
    throw AdminProblem(403, "send the header X-Asynchttpd-Admin: 1 with what changes something; a form of another site cannot")
  }

  /// Whether the host of a Host field, its port aside, is loopback or the address listened on.
  static func isOwn(_ field: String, _ host: String) -> Bool {
    guard let name = name(in: field) else { return false }
    if name == "localhost" || name == host { return true }
    return ListenAddress.tcp(host: name, port: 0).isLocal
  }

  /// The host in small letters, without its port and brackets; nil for what is none.
  private static func name(in field: String) -> String? {
    if field.hasPrefix("[") {
      guard let end = field.firstIndex(of: "]") else { return nil }
      let rest = field[field.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      return field[field.index(after: field.startIndex)..<end].lowercased()
    }
    let parts = field.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), !parts[0].isEmpty else { return nil }
    return parts[0].lowercased()
  }

  /// Compares in a time that depends on the length alone.
  static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for (left, right) in zip(one, other) { difference |= left ^ right }
    return difference == 0
  }
}
