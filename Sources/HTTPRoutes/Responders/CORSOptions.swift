/// `cors`: which pages of other origins may read a route's answers (Fetch standard, section 3.2).
package struct CORSOptions: Equatable, Sendable {
  package enum Origins: Equatable, Sendable {
    /// `"*"`: any origin, without credentials.
    case any
    /// Serialised origins: scheme, host, and port unless it is the scheme's own.
    case list([String])
  }

  package var origins: Origins
  /// What a preflight is answered; nil for the methods of the routes of the path.
  package var methods: [String]?
  /// The request fields a preflight is granted; nil for whichever it asks for.
  package var headers: [String]?
  /// Response fields that a page may read beyond the safelisted ones.
  package var expose: [String] = []
  /// Whether cookies and the like may be sent; needs origins by name.
  package var credentials = false
  /// How long a browser may remember a preflight; nil leaves it to the browser.
  package var maxAge: Duration?

  package init(origins: Origins) {
    self.origins = origins
  }
}
