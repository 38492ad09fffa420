// Conditional requests (RFC 9110 §13): whether to answer at all, with what, and whether a Range field counts.

/// The condition fields of a request. Nil: the request has no such field.
package struct Preconditions: Equatable, Sendable {
  package enum Outcome: Equatable, Sendable {
    case proceed
    /// 304
    case notModified
    /// 412
    case preconditionFailed
  }

  package var ifMatch: String?
  package var ifNoneMatch: String?
  package var ifModifiedSince: String?
  package var ifUnmodifiedSince: String?
  package var ifRange: String?

  package init(
    ifMatch: String? = nil, ifNoneMatch: String? = nil, ifModifiedSince: String? = nil, ifUnmodifiedSince: String? = nil,
    ifRange: String? = nil
  ) {
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.ifModifiedSince = ifModifiedSince
    self.ifUnmodifiedSince = ifUnmodifiedSince
    self.ifRange = ifRange
  }

  /// Takes the condition fields of a head; allocates nothing when it has none.
  package init(_ head: RequestHead, in bytes: Span<UInt8>) {
    // A tag may have octets that are no UTF-8, and is the same only if they are.
    func text(_ field: KnownField) -> String? { head.combinedOctets(of: field, in: bytes).map { ObsText.text($0) } }
    self.init(
      ifMatch: text(.ifMatch), ifNoneMatch: text(.ifNoneMatch), ifModifiedSince: text(.ifModifiedSince),
      ifUnmodifiedSince: text(.ifUnmodifiedSince), ifRange: text(.ifRange))
  }

  package var isEmpty: Bool { self == Preconditions() }

  /// Evaluates the conditions in the order of RFC 9110 §13.2.2, whose steps the numbers are. Ask only when the answer
  /// without them would be 2xx: then there is a representation, and `*` matches it.
  ///
  /// - Parameters:
  ///   - isGetOrHead: the method is one of these two.
  ///   - entityTag: of the representation, if it has one.
  ///   - lastModified: of the representation in seconds since 1970, if it is known.
  ///   - now: the time, to place two-digit years.
  package func evaluate(isGetOrHead: Bool, entityTag: EntityTag?, lastModified: Int64?, now: Int64) -> Outcome {
    if let ifMatch {
      // 1. A value that is no list of tags matches nothing: the write it guards does not happen.
      let isMatched = matches(ifMatch, entityTag) { $0.matchesStrongly($1) }
      if !isMatched { return .preconditionFailed }
    } else if let ifUnmodifiedSince, let lastModified, let date = HTTPDate.parse(ifUnmodifiedSince, now: now) {
      // 2. Without a valid date, or a date to compare with, the field is ignored (§13.1.4).
      if lastModified > date { return .preconditionFailed }
    }
    if let ifNoneMatch {
      // 3. A value that is no list of tags matches nothing: the answer is sent in full.
      let isMatched = matches(ifNoneMatch, entityTag) { $0.matchesWeakly($1) }
      if isMatched { return isGetOrHead ? .notModified : .preconditionFailed }
    } else if isGetOrHead, let ifModifiedSince, let lastModified, let date = HTTPDate.parse(ifModifiedSince, now: now) {
      // 4. Likewise (§13.1.3).
      if lastModified <= date { return .notModified }
    }
    return .proceed
  }

  /// Step 5: whether a Range field of a GET is to be honoured. True without If-Range.
  package func rangeApplies(entityTag: EntityTag?, lastModified: Int64?, now: Int64) -> Bool {
    guard let ifRange else { return true }
    if let tag = EntityTag(ifRange) { return entityTag.map { $0.matchesStrongly(tag) } ?? false }
    // §13.1.5: a date must be the very one, and be strong: something that changed within this second may change again
    // within it.
    guard let lastModified, let date = HTTPDate.parse(ifRange, now: now) else { return false }
    return lastModified == date && lastModified < now
  }

  private func matches(_ value: String, _ entityTag: EntityTag?, by isMatch: (EntityTag, EntityTag) -> Bool) -> Bool {
    switch EntityTag.Condition(value) {
    case .any: true
    case .tags(let tags): entityTag.map { own in tags.contains { isMatch(own, $0) } } ?? false
    case nil: false
    }
  }
}
