// What handlers ask of most requests, decoded: the path, the query, cookies.

import HTTPCore

extension Request {
  /// The path with escapes decoded and dot segments removed, as routes are matched; see `RequestTarget.path`. Empty
  /// where that is not possible, and for `OPTIONS *`: no route has an empty path.
  public var path: String { target.path ?? "" }

  /// The items of the query in order, decoded as forms are: `+` is a space. Escapes that are malformed stay as they
  /// are, and octets that are not UTF-8 become U+FFFD. Empty without a query.
  public var queryItems: NamedValues {
    guard let range = exchange.head.query else { return NamedValues([]) }
    let bytes = exchange.bytes
    return NamedValues(QueryParameters(bytes.span.extracting(range)))
  }

  /// The cookies of the request in order (RFC 6265 §5.4). The quotes around a value are left out; nothing is decoded. A
  /// piece without `=` has an empty name.
  public var cookies: NamedValues { NamedValues(cookies: headers[values: .cookie]) }
}
