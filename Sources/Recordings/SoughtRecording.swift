// What a request asks a store for: its key, the client it may be for, and the fields that an answer may vary by.

package import HTTPCore

/// What one request asks a store for.
package struct SoughtRecording: Sendable {
  /// The key of what is shared.
  package let key: RecordingKey
  /// The names that come first for that key.
  package let names: RecordingNames
  /// The key as a former version spelled it, in its request lines.
  package let former: RecordingKey
  /// Whose recordings the client may have; nil for a client with credentials in a store without a secret, which has
  /// none of theirs.
  package let owner: RecordingKey.Owner?
  /// The rule of the route.
  package let credentials: CredentialsRule
  /// Nil for a request without fields.
  package let fields: HeadFields?

  /// - Parameters:
  ///   - former: the key as a former version spelled it; nil where it is the same.
  ///   - owner: whose recordings the client may have besides shared ones.
  ///   - fields: of the request; nil for one without fields.
  package init(
    _ key: RecordingKey, former: RecordingKey? = nil, owner: RecordingKey.Owner? = .nobody,
    credentials: CredentialsRule = .auto, fields: HeadFields? = nil
  ) {
    self.key = key
    names = RecordingNames(key)
    self.former = former ?? key
    self.owner = owner
    self.credentials = credentials
    self.fields = fields
  }

  var hasCredentials: Bool { owner != .nobody }

  /// What the request has for a field that an answer varies by.
  func value(_ name: String) -> String? { fields?.forwardedValue(name) }

  /// A key to look for.
  struct Candidate {
    let key: RecordingKey
    /// Those that come first for it.
    let names: RecordingNames
    /// Only files put there by hand count, not recordings.
    var isByHandAlone = false
  }

  /// Where to look, in this order: the client's own recordings, then the shared ones.
  var candidates: [Candidate] {
    var own: [Candidate] = []
    if let owner, credentials == .auto || credentials == .separate {
      var key = key
      key.credentials = owner
      own = [Candidate(key: key, names: names.owned(by: owner))]
    }
    return own + [Candidate(key: key, names: names, isByHandAlone: credentials == .separate && hasCredentials)]
  }

  /// The key under which an answer is recorded; nil for one that is passed on and not recorded.
  package func key(for audience: AnswerAudience) -> RecordingKey? {
    var key = key
    switch credentials {
    case .share: break
    case .refuse: if hasCredentials || audience.isPrivate { return nil }
    case .separate:
      if hasCredentials || audience.isPrivate {
        guard let owner else { return nil }
        key.credentials = owner
      }
    case .auto:
      if audience.isPrivate {
        guard let owner else { return nil }
        key.credentials = owner
      }
    }
    // What the key has already varies nothing within it.
    let known = Set(key.headers.map(\.name))
    key.vary = fields.map { fields in audience.values(in: fields).filter { !known.contains($0.name) } } ?? []
    return key
  }

  /// The key of the variant of a recording that this request would have.
  func variant(of recorded: RecordedKey, _ key: RecordingKey) -> RecordingKey {
    var key = key
    key.upstream = recorded.upstream ?? key.upstream
    key.vary = recorded.vary.map { .init(name: $0.name, value: value($0.name)) }
    return key
  }
}
