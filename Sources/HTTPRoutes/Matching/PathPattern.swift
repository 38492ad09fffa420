// The `path:` of a route as a value: literal segments, `{name}` for one segment, a trailing `**` for the rest.
//
// Patterns are compared with decoded, normalised paths, so the text is decoded here once, and a pattern that no
// normalised path can match (dot segments, encoded slashes, a query) is refused with the way out instead of being
// accepted and never answering.

/// Which paths a route answers: `/assets/**`, `/api/users/{id}`, `/healthz`.
///
/// A trailing slash is significant: `/a` and `/a/` differ, and `/a/**` matches both. Literals may be written as raw
/// UTF-8 or percent-encoded (RFC 3986 section 2.1); `{name}` matches one whole, non-empty segment.
package struct PathPattern: Equatable, Hashable, Sendable {
  /// One segment between slashes.
  package enum Segment: Equatable, Hashable, Sendable {
    /// Bytes that must be equal, decoded. Empty only as the last segment, where it stands for a trailing slash.
    case literal([UInt8])
    /// Any one non-empty segment, captured under this name.
    case parameter(String)
  }

  /// Parameters in one pattern, at most: a match carries their offsets inline, and real patterns have one to four.
  package static let maxParameterCount = 16

  /// Bytes in the text of one pattern, at most: the default limit of a request line, beyond which no path arrives.
  package static let maxLength = 8192

  /// The pattern as it was written.
  package let text: String
  /// The segments before `**`, or all of them. `/` is one empty literal, `/a/` is `a` and an empty literal, `/**` is
  /// none.
  package let segments: [Segment]
  /// Whether the pattern ends in `**`, which matches any further segments, also none.
  package let hasRest: Bool

  /// Reads a pattern as CONFIG documents it.
  package init(parsing text: String) throws(PathPatternError) {
    var reader = PatternReader(text)
    (segments, hasRest) = try reader.read()
    self.text = text
  }

  /// The names of the parameters, in the order of their segments.
  package var parameterNames: [String] {
    segments.compactMap { segment in
      if case .parameter(let name) = segment { name } else { nil }
    }
  }

  /// Whether this pattern matches every path that `other` matches.
  package func covers(_ other: PathPattern) -> Bool {
    if hasRest {
      guard other.segments.count >= segments.count else { return false }
    } else {
      guard !other.hasRest, other.segments.count == segments.count else { return false }
    }
    return zip(segments, other.segments).allSatisfy { mine, theirs in
      switch (mine, theirs) {
      case (.literal(let mine), .literal(let theirs)): mine == theirs
      case (.literal, .parameter): false
      case (.parameter, .literal(let theirs)): !theirs.isEmpty
      case (.parameter, .parameter): true
      }
    }
  }
}

/// Why a text is no path pattern.
package struct PathPatternError: Error, Equatable {
  /// Where the problem begins, in characters (Unicode scalars, as columns are counted) from the start of the text.
  package let offset: Int
  /// What is wrong, and the way out.
  package let message: String

  package init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }
}
