/// `redirect`: another place to ask.
package struct RedirectOptions: ResponderOptions {
  package static let kind = "redirect"

  /// 301, 302, 303, 307 or 308.
  package var status = 302
  package var target: RedirectTarget

  package init(target: RedirectTarget) {
    self.target = target
  }

  package var defaultMethods: [String]? { nil }
  package var redirection: Redirection? { Redirection(target: target, status: status) }

  package func changes(from old: Self) -> [String] {
    Self.change("status", String(old.status), String(status)) + (old.target == target ? [] : ["to"])
  }
}
