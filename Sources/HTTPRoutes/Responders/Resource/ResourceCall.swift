// A request to a resource, taken from the head: what a task needs of it once the head is gone.

import HTTPCore

/// What is asked of a resource, before the body.
struct ResourceCall: Sendable {
  enum Place: Equatable, Sendable {
    case list
    case item(String)
    /// Below an item, where nothing is.
    case deeper
  }

  let place: Place
  let method: RequestMethod
  let preconditions: Preconditions
  /// The path as a URI has it, without a slash at its end.
  let path: String
  /// The media type of Content-Type without its parameters, in lower case; nil without one.
  let contentType: String?

  var isRead: Bool { method == .get || method == .head }

  init(_ request: borrowing RequestValues) {
    place = Self.place(of: request)
    method = RequestMethod(request.head, request.bytes)
    preconditions = Preconditions(request.head, in: request.bytes)
    // The route has matched, so the path can be normalised.
    let encoded = (try? PathNormalization.normalizedEncoded(request.bytes.extracting(request.head.path))) ?? []
    path = String(decoding: encoded.last == UInt8(ascii: "/") ? encoded.dropLast() : encoded[...], as: UTF8.self)
    contentType = request.head.combinedValue(of: .contentType, in: request.bytes).map { value in
      FieldSyntax.lowercased(FieldSyntax.trimmed(value.prefix { $0 != ";" }))
    }
  }

  /// One slash at the end does not count.
  static func place(of request: borrowing RequestValues) -> Place {
    guard var rest = request.match.rest(in: request.path), !rest.isEmpty else { return .list }
    if request.path[rest.upperBound - 1] == UInt8(ascii: "/") { rest.removeLast() }
    if rest.isEmpty { return .list }
    let octets = request.path.extracting(rest)
    for index in octets.indices where octets[index] == UInt8(ascii: "/") { return .deeper }
    return .item(PathValue.parameter(octets))
  }

  /// The path of an item of this list.
  func path(ofItem id: String) -> String {
    id.utf8.reduce(into: path + "/") { path, octet in
      if ByteClass.unreserved.contains(octet) {
        path.unicodeScalars.append(Unicode.Scalar(octet))
      } else {
        path += String(decoding: Octet.escaped(octet), as: UTF8.self)
      }
    }
  }
}
