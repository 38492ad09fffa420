// Which coding of a representation to send (RFC 9110 §12.5.3), among those that lie ready.

/// The content codings that files can be precompressed with.
package enum ContentCoding: UInt8, Equatable, Sendable, CaseIterable {
  case brotli, zstandard, gzip

  /// The name in Accept-Encoding and Content-Encoding.
  package var name: String {
    switch self {
    case .brotli: "br"
    case .zstandard: "zstd"
    case .gzip: "gzip"
    }
  }

  /// What the name of a file with this coding ends in.
  package var fileSuffix: String {
    switch self {
    case .brotli: ".br"
    case .zstandard: ".zst"
    case .gzip: ".gz"
    }
  }

  package init?(name: String) {
    guard let coding = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = coding
  }

  package enum Choice: Equatable, Sendable {
    case identity
    case coding(ContentCoding)
    /// The client refuses everything there is, the plain representation included. RFC 9110 §12.5.3 lets a server send
    /// that all the same.
    case notAcceptable
  }

  /// Chooses what the client weighs highest; where it weighs the same, the first of `available`, and the plain
  /// representation last.
  ///
  /// - Parameters:
  ///   - acceptEncoding: the combined value of the field; nil if the request has none, which asks for the plain representation here, since
  ///     clients that do not say what they decode are mostly those that decode nothing.
  ///   - available: the codings that lie ready, the server's favourite first.
  package static func choose(acceptEncoding: String?, among available: [ContentCoding]) -> Choice {
    guard let acceptEncoding else { return .identity }
    let accepted = FieldSyntax.weightedElements(acceptEncoding)
    func weight(of name: String) -> Int? {
      accepted.first { $0.value == name || (name == "gzip" && $0.value == "x-gzip") }?.weight
    }
    let others = weight(of: "*")
    // Plain is acceptable unless it is refused by name, or by a star that names nothing else.
    let identityWeight = weight(of: "identity") ?? (others == 0 ? 0 : nil)
    var best: (choice: Choice, weight: Int)?
    for coding in available {
      let weight = weight(of: coding.name) ?? others ?? 0
      if weight > 0, weight > best?.weight ?? 0 { best = (.coding(coding), weight) }
    }
    guard let best else { return identityWeight == 0 ? .notAcceptable : .identity }
    return identityWeight ?? 0 > best.weight ? .identity : best.choice
  }
}
