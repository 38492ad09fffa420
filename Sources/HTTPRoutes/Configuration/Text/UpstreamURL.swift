// The URL of an upstream as an operator writes it. What is accepted is read alike by all: by libcurl, which
// connects to it, by this server, which appends paths to it, and by the upstream.

import HTTPCore
import YAMLDocument

/// What is wrong with the URL of an upstream.
struct UpstreamURLFault: Equatable {
  /// In characters of the text.
  let range: Range<Int>
  let message: String

  static let expected = "a URL such as https://example.com/v2"

  /// Nil for a URL with a host, perhaps a port and a path, and nothing else.
  init?(in text: String) {
    let scalars = Array(text.unicodeScalars)
    let lowered = text.lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }), scalars.count > scheme.count else {
      self.init(0..<scalars.count, "expected \(Self.expected), found \"\(text.excerpt)\"")
      return
    }
    let end = scalars.firstIndex { "?#".unicodeScalars.contains($0) } ?? scalars.count
    let slash = scalars[scheme.count..<end].firstIndex(of: "/") ?? end
    if let at = scalars[scheme.count..<slash].lastIndex(of: "@") {
      self.init(scheme.count..<at + 1, "an upstream has no user name or password in its URL")
    } else if end < scalars.count {
      self.init(end..<scalars.count, "an upstream has no query and no fragment; those of the request are passed on")
    } else if let fault = Self.characterFault(in: scalars, from: scheme.count) {
      self = fault
    } else if let fault = Self.authorityFault(in: scalars, scheme.count..<slash) ?? Self.pathFault(in: scalars, slash..<end) {
      self = fault
    } else {
      return nil
    }
  }

  private init(_ range: Range<Int>, _ message: String) {
    self.range = range
    self.message = message
  }

  private static func characterFault(in scalars: [Unicode.Scalar], from start: Int) -> UpstreamURLFault? {
    for (index, scalar) in scalars.enumerated().dropFirst(start) {
      if scalar == "{" || scalar == "}" {
        return UpstreamURLFault(
          index..<index + 1, "an upstream has no parameters: what the path of the route leaves open is appended to it")
      }
      guard let byte = UInt8(exactly: scalar.value), ByteClass.pathSegment.contains(byte) || "/%[]".utf8.contains(byte) else {
        return UpstreamURLFault(index..<index + 1, "a URL cannot have this character; percent-encode it, or write the host's ASCII name")
      }
    }
    return nil
  }

  private static func authorityFault(in scalars: [Unicode.Scalar], _ range: Range<Int>) -> UpstreamURLFault? {
    let bracket = scalars[range].lastIndex(of: "]")
    let isOpen = bracket == nil && scalars[range].first == "["
    let colon = isOpen ? nil : scalars[(bracket ?? range.lowerBound)..<range.upperBound].firstIndex(of: ":")
    let hostRange = range.lowerBound..<(colon ?? range.upperBound)
    let host = String(String.UnicodeScalarView(scalars[hostRange]))
    if !isHost(host) {
      let place = hostRange.isEmpty ? range.lowerBound..<max(range.upperBound, range.lowerBound + 1) : hostRange
      return UpstreamURLFault(place, host.isEmpty ? "an upstream needs a host" : "\"\(host.excerpt)\" is not a host name or an address")
    }
    guard let colon else { return nil }
    let digits = scalars[(colon + 1)..<range.upperBound]
    let port = digits.allSatisfy { ("0"..."9").contains($0) } ? Int(String(String.UnicodeScalarView(digits))) : nil
    guard let port, (1...65535).contains(port) else {
      return UpstreamURLFault(colon..<range.upperBound, "the port of an upstream is a number from 1 to 65535")
    }
    return nil
  }

  /// A name as resolvers take it, an IPv4 address, or an IPv6 address in brackets, with a zone perhaps (RFC 6874).
  private static func isHost(_ text: String) -> Bool {
    if text.hasPrefix("["), text.hasSuffix("]") {
      let parts = text.dropFirst().dropLast().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
      return AddressSpelling.bytes(of: String(parts[0]))?.count == 16 && parts.dropFirst().allSatisfy { !$0.isEmpty && $0 != "25" }
    }
    let labels = (text.hasSuffix(".") ? text.dropLast() : text[...]).split(separator: ".", omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { ByteClass.unreserved.contains($0) && $0 != UInt8(ascii: "~") }
    }
  }

  private static func pathFault(in scalars: [Unicode.Scalar], _ range: Range<Int>) -> UpstreamURLFault? {
    for index in range where scalars[index] == "%" {
      let digits = scalars[(index + 1)..<min(index + 3, range.upperBound)]
      guard digits.count == 2, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else {
        return UpstreamURLFault(index..<index + 1, "a percent sign begins an escape; write %25 for the character itself")
      }
    }
    var start = range.lowerBound
    for segment in scalars[range].split(separator: "/", omittingEmptySubsequences: false) {
      let text = String(String.UnicodeScalarView(segment)).lowercased().replacing("%2e", with: ".")
      // Some upstreams take an encoded slash, or a backslash, for a slash.
      let parts = text.replacing("%2f", with: "/").replacing("%5c", with: "/").split(separator: "/", omittingEmptySubsequences: false)
      if parts.contains(where: { $0 == "." || $0 == ".." }) {
        return UpstreamURLFault(start..<start + segment.count, "an upstream's path has no . and .. segments: write the path they lead to")
      }
      if text == "*" || text == "**" {
        return UpstreamURLFault(
          start..<start + segment.count, "an upstream has no parameters: what the path of the route leaves open is appended to it")
      }
      start += segment.count + 1
    }
    return nil
  }
}
