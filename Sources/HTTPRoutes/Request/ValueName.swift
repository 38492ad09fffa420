// The names that values of a request have, the same wherever one is asked for.

/// What of a request is meant: `path.id`, `query.page`, `headers.accept`, `cookies.session`, `method`, `host`, `url`.
package enum ValueName: Hashable, Sendable {
  /// A parameter of the path pattern; `**` is the rest of the path.
  case path(String)
  /// The first query parameter of this name.
  case query(String)
  /// The lines of a field, joined with `", "` (RFC 9110 §5.3). In lower case.
  case header(String)
  /// The first cookie of this name (RFC 6265 §5.4).
  case cookie(String)
  /// The first field of this name of a form: `application/x-www-form-urlencoded`, or a part of `multipart/form-data`
  /// that is not a file.
  case form(String)
  /// The body as text.
  case body
  /// The client's address, found through trusted proxies.
  case client
  case method
  /// The host that is asked, without its port and in lower case.
  case host
  /// The target as it was received, without scheme and host.
  case url

  /// A source of values: how its names begin, and what is made of the rest.
  private struct Source: Sendable {
    /// As errors show it.
    let shown: String
    let read: @Sendable (String) -> ValueName?
  }

  /// What is behind a prefix such as `query.`.
  private static func below(_ prefix: String, _ make: @escaping @Sendable (String) -> ValueName) -> Source {
    Source(shown: "\(prefix).NAME") { text in
      guard text.hasPrefix("\(prefix)."), text.utf8.count > prefix.utf8.count + 1 else { return nil }
      return make(String(text.dropFirst(prefix.utf8.count + 1)))
    }
  }

  private static func word(_ word: String, _ value: ValueName) -> Source { Source(shown: word) { $0 == word ? value : nil } }

  private static let sources: [Source] = [
    below("path") { .path($0) }, below("query") { .query($0) }, below("headers") { .header($0.lowercased()) },
    below("cookies") { .cookie($0) }, below("form") { .form($0) },
    word("body", .body), word("client", .client), word("method", .method), word("host", .host), word("url", .url),
  ]

  /// The name that a text spells; nil if it is none.
  package init?(_ text: String) {
    guard let name = Self.sources.lazy.compactMap({ $0.read(text) }).first else { return nil }
    self = name
  }

  /// All there are, for errors: `path.NAME`, `query.NAME`, …
  package static var shown: [String] { sources.map(\.shown) }

  /// Whether the request's body has to be read to know the value.
  package var isOfBody: Bool {
    switch self {
    case .form, .body: true
    default: false
    }
  }
}
