// The key in a head file, and whether it is the key that a request asks for.

/// The lines of a key as they stand in a head file, each kind by itself.
package struct RecordedKey: Equatable, Sendable {
  /// `RecordingKey.requestLines`.
  let request: [String]
  /// Nil in a head of a former version.
  let upstream: String?
  let credentials: RecordingKey.Owner?
  /// The request fields that the recording varies by, and what they were.
  package let vary: [RecordingKey.Header]

  /// Nil for what is no key.
  init?(_ lines: [String]) {
    guard let first = lines.first else { return nil }
    var request = [first]
    var upstream: String?
    var credentials: RecordingKey.Owner?
    var vary: [RecordingKey.Header] = []
    for line in lines.dropFirst() {
      if line.hasPrefix(RecordingKey.upstreamMark) {
        guard upstream == nil else { return nil }
        upstream = String(line.dropFirst(RecordingKey.upstreamMark.count))
      } else if line.hasPrefix(RecordingKey.credentialsMark) {
        guard credentials == nil, let owner = RecordingKey.Owner(line: String(line.dropFirst(RecordingKey.credentialsMark.count))) else {
          return nil
        }
        credentials = owner
      } else if line.hasPrefix(RecordingKey.varyMark) {
        let field = line.dropFirst(RecordingKey.varyMark.count)
        let colon = field.utf8.firstIndex(of: UInt8(ascii: ":"))
        vary.append(.init(name: String(field[..<(colon ?? field.endIndex)]), value: colon.map { String(field[$0...].dropFirst(2)) }))
      } else {
        request.append(line)
      }
    }
    (self.request, self.upstream, self.credentials, self.vary) = (request, upstream, credentials, vary)
  }
}

/// What a head that was found under a key's name is to a request.
enum RecordingMatch: Equatable {
  /// The recording that is asked for.
  case own
  /// The same but for the request fields it varies by.
  case variant(RecordedKey)
  /// The same, fetched from another URL.
  case otherUpstream(String)
  case other
}

extension RecordingHead {
  /// The key in its parts; nil where there is none.
  package var recordedKey: RecordedKey? { key.flatMap { RecordedKey($0) } }

  /// Whether a former version wrote the head, or it was written by hand.
  var isFormer: Bool { recordedKey?.upstream == nil }

  /// What this is to a request with `key`, whose own fields are `fields`.
  ///
  /// A head without a key is whatever its name says, for all clients. One of a former version says what was fetched in
  /// its field `upstream`, and is shared.
  func match(_ key: RecordingKey, former: [String]?, _ values: (String) -> String?) -> RecordingMatch {
    guard self.key != nil else { return .own }
    guard let recorded = recordedKey, recorded.credentials == key.credentials else { return .other }
    // Octet by octet: to a String, two spellings of a letter with an accent are the same.
    func isRequest(_ lines: [String]) -> Bool { lines.elementsEqual(recorded.request) { $0.utf8.elementsEqual($1.utf8) } }
    guard isRequest(key.requestLines) || (recorded.upstream == nil && former.map(isRequest) == true) else { return .other }
    // In a former key octets that were no UTF-8 had all become this.
    if recorded.upstream == nil, recorded.request.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) { return .other }
    let fetched = recorded.upstream ?? upstream.map { RecordingKey.upstream(ofURL: $0) }
    if let wanted = key.upstream, let fetched, fetched != wanted { return .otherUpstream(fetched) }
    return recorded.vary.allSatisfy { $0 == .init(name: $0.name, value: values($0.name)) } ? .own : .variant(recorded)
  }
}
