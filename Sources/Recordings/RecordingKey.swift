// What tells two recordings apart, in one spelling: method, path, the query parameters and request fields that the
// route names, a digest of the request's body, the URL that is fetched; where the answer is one client's, the client;
// where it varies, the fields it varies by.

import HTTPCore

/// The identity of a recording within its store.
package struct RecordingKey: Hashable, Sendable {
  /// HEAD has the recording of GET.
  package let method: String
  /// The part of the request's path that the store mirrors, as RFC 3986 §6.2.2 would have it. Begins with a slash, or
  /// is empty when the request names the route itself without one.
  package let path: String
  /// The chosen parameters sorted by name, those of one name in the order they came; nil without any.
  package let query: String?
  /// Names in lower case, in the order of the route, and values; those the request does not have are left out.
  package let headers: [Header]
  /// SHA-256 of the request's body.
  package let bodyDigest: String?
  /// The URL that is fetched, without its query; nil for a route without an upstream, which takes what any upstream
  /// said.
  package var upstream: String?
  /// The client whose recording it is; nil for one that all clients share.
  package var credentials: Owner?
  /// The request fields that the answer's Vary names, sorted by name (RFC 9111 §4.1).
  package var vary: [Header] = []

  /// A request field in a key.
  package struct Header: Hashable, Sendable {
    /// In lower case.
    package let name: String
    /// Nil, in a Vary, for a field that the request does not have.
    package let value: String?

    /// A field; a nil value stands in a Vary alone.
    package init(name: String, value: String?) {
      self.name = name
      self.value = value
    }

    /// Octet by octet: to a String, `é` is the same in one scalar and in two.
    package static func == (a: Header, b: Header) -> Bool {
      a.name.utf8.elementsEqual(b.name.utf8) && a.value.map { Array($0.utf8) } == b.value.map { Array($0.utf8) }
    }

    /// Octet by octet, as `==`.
    package func hash(into hasher: inout Hasher) {
      for part in [name, value ?? ""] {
        hasher.combine(part.utf8.count)
        for octet in part.utf8 { hasher.combine(octet) }
      }
    }
  }

  /// The owner of a recording that is not shared.
  package enum Owner: Hashable, Sendable {
    /// Clients without credentials.
    case nobody
    /// Clients with credentials of this digest.
    case client(digest: String)

    init?(line: String) {
      if line == "none" {
        self = .nobody
      } else if line.hasPrefix(RecordingSecret.prefix) {
        self = .client(digest: String(line.dropFirst(RecordingSecret.prefix.count)))
      } else {
        return nil
      }
    }

    var line: String {
      switch self {
      case .nobody: "none"
      case .client(let digest): RecordingSecret.prefix + digest
      }
    }

    /// 128 bits tell clients apart.
    var fileName: String {
      switch self {
      case .nobody: "none"
      case .client(let digest): String(digest.prefix(32))
      }
    }
  }

  /// The key of what is shared and varies by nothing.
  package init(
    method: String, path: String, query: String? = nil, headers: [Header] = [], bodyDigest: String? = nil, upstream: String? = nil
  ) {
    self.method = method == "HEAD" ? "GET" : method
    self.path = path
    self.query = query
    self.headers = headers
    self.bodyDigest = bodyDigest
    self.upstream = upstream
  }

  /// What the request says: `GET /items?page=2`, then fields, then the body's digest. All that a key of a former
  /// version had.
  package var requestLines: [String] {
    var lines = ["\(method) \(path.isEmpty ? "." : path)\(query.map { "?\($0)" } ?? "")"]
    lines += headers.map { "\($0.name): \($0.value ?? "")" }
    if let bodyDigest { lines.append("body sha256:\(bodyDigest)") }
    return lines
  }

  /// The key as a head file spells it, a line each: what the request says, then the URL that was fetched, the client,
  /// the varying fields.
  var lines: [String] {
    var lines = requestLines
    if let upstream { lines.append(Self.upstreamMark + upstream) }
    if let credentials { lines.append(Self.credentialsMark + credentials.line) }
    for field in vary { lines.append("\(Self.varyMark)\(field.name)\(field.value.map { ": \($0)" } ?? "")") }
    return lines
  }

  /// No field of a key has a blank in its name, so no line of one begins like these.
  static let upstreamMark = "upstream "
  static let credentialsMark = "credentials "
  static let varyMark = "vary "

  /// 128 bits of SHA-256 over the whole key, for names that cannot spell it. Not what identifies recordings:
  /// their head file has the key.
  var digest: String { Self.digest(lines) }
  /// The same of what the request says.
  var requestDigest: String { Self.digest(requestLines) }

  private static func digest(_ lines: [String]) -> String { String(SHA256.hexDigest(of: lines.joined(separator: "\n").utf8).prefix(32)) }

  // MARK: From a request

  /// Which parameters of a query are part of a key.
  package enum QueryChoice: Equatable, Sendable {
    case all
    /// These parameters alone; none of them for an empty list.
    case names([String])
  }

  /// A URL as a key has it: without its query, scheme and host in lower case, the scheme's own port left out.
  package static func upstream(ofURL url: String) -> String {
    let plain = url.prefix { $0 != "?" && $0 != "#" }
    let parts = plain.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return String(plain) }
    let scheme = FieldSyntax.lowercased(parts[0])
    var authority = FieldSyntax.lowercased(parts[2])
    let port = scheme == "https:" ? ":443" : ":80"
    if authority.hasSuffix(port), !authority.dropLast(port.count).hasSuffix(":") { authority = String(authority.dropLast(port.count)) }
    return "\(scheme)//\(authority)/\(parts.count > 3 ? String(parts[3]) : "")"
  }

  /// The canonical form of the chosen parameters of a raw query. Escapes are undone only where RFC 3986 holds both
  /// spellings for the same, so that two queries an upstream could tell apart never share a recording.
  package static func canonicalQuery(_ query: Span<UInt8>, _ choice: QueryChoice) -> String? {
    var pairs: [(name: String, text: String)] = []
    var start = 0
    for index in 0...query.count where index == query.count || query[index] == UInt8(ascii: "&") {
      if index > start {
        var end = start
        while end < index, query[end] != UInt8(ascii: "=") { end += 1 }
        let name = canonicalEscapes(query.extracting(start..<end))
        let value = end < index ? canonicalEscapes(query.extracting(end + 1..<index)) : ""
        pairs.append((name, "\(name)=\(value)"))
      }
      start = index + 1
    }
    if case .names(let names) = choice {
      let wanted = Set(names.map { Array($0.utf8) })
      pairs = pairs.filter { wanted.contains(decodedName(Array($0.name.utf8))) }
    }
    guard !pairs.isEmpty else { return nil }
    // Sorting is stable: pairs of one name keep their order.
    return pairs.sorted { $0.name < $1.name }.map(\.text).joined(separator: "&")
  }

  static func canonicalEscapes(_ bytes: Span<UInt8>) -> String {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = Octet.hexValue(bytes[index + 1]),
        let low = Octet.hexValue(bytes[index + 2])
      {
        let decoded = high << 4 | low
        if ByteClass.unreserved.contains(decoded) { result.append(decoded) } else { result += Octet.escaped(decoded) }
        index += 3
      } else {
        // What no URI may have plain arrives all the same; escaped it is the same octet.
        if QueryText.isPlain(byte) { result.append(byte) } else { result += Octet.escaped(byte) }
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A parameter's name as the configuration writes it, plain.
  static func decodedName(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = Octet.hexValue(bytes[index + 1]),
        let low = Octet.hexValue(bytes[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
        index += 1
      }
    }
    return result
  }
}
