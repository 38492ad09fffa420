// The URL of a callback: a template whose values cannot change what the rest of it means, and the host that it names.

import HTTPCore
import Reactor

/// A URL of http or https, as the configuration has it.
package struct CallbackURL: Equatable, Sendable {
  private let template: Template

  /// - Parameter parts: of the text. A value at its beginning is a URL or the beginning of one; any other is
  ///   percent-encoded.
  package init(_ parts: [TemplatePart]) { template = Template(parts, escape: .url) }

  package var needsBody: Bool { template.needsBody }

  /// The URL where no request has a say in it.
  package var literal: String? { template.literal.map { String(decoding: $0, as: UTF8.self) } }

  /// The part before the first value, if it names the whole host.
  package var literalStart: String? {
    guard case .literal(let octets)? = template.parts.first else { return nil }
    let text = String(decoding: octets, as: UTF8.self)
    guard let scheme = text.firstRange(of: "://") else { return nil }
    return template.parts.count == 1 || text[scheme.upperBound...].contains(where: { "/?#".contains($0) }) ? text : nil
  }

  /// The URL for one request; nil where it is left out, or empty.
  func text(for request: borrowing RequestValues, _ run: inout TemplateRun) throws(TemplateFailure) -> String? {
    run.keepsOctets = true
    defer { run.keepsOctets = false }
    var start: [UInt8] = []
    var parts = template.parts
    if case .expression(let expression, _)? = parts.first {
      parts.removeFirst()
      guard let text = try Template(parts: [.expression(expression, .none)]).text(for: request, &run) else { return nil }
      for octet in ObsText.octets(text) {
        if Self.isOfURL(octet) { start.append(octet) } else { PercentEncoding.append(octet, to: &start) }
      }
    }
    guard let rest = try Template(parts: parts).text(for: request, &run) else { return nil }
    let url = String(decoding: start, as: UTF8.self) + rest
    return url.isEmpty ? nil : url
  }

  /// The characters of RFC 3986 §2, and the percent sign of escapes.
  private static func isOfURL(_ octet: UInt8) -> Bool {
    octet > 0x20 && octet < 0x7F && !"\"<>\\^`{|}".utf8.contains(octet)
  }

  /// The host of a URL in lower case, an IPv6 address without its brackets. Nil for a URL that is not plainly one of
  /// http or https: with a user, or with anything in its authority that another reader could take for another host.
  package static func host(of url: String) -> String? {
    guard let scheme = ["http://", "https://"].first(where: { url.hasPrefix($0) }) else { return nil }
    let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
    var host = authority
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<close]
      guard isPort(authority[authority.index(after: close)...]), host.contains(":"), !host.contains("%"),
        SocketAddress(String(host), port: 0) != nil
      else { return nil }
    } else {
      host = authority.prefix { $0 != ":" }
      guard isPort(authority.dropFirst(host.count)), (1...253).contains(host.utf8.count),
        host.utf8.allSatisfy({ ByteClass.unreserved.contains($0) && $0 != UInt8(ascii: "~") })
      else { return nil }
    }
    return FieldSyntax.lowercased(host)
  }

  /// Nothing, or a colon and a port.
  private static func isPort(_ text: Substring) -> Bool {
    if text.isEmpty { return true }
    let digits = text.dropFirst()
    return text.hasPrefix(":") && (1...5).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && (1...65_535).contains(Int(digits) ?? 0)
  }
}
