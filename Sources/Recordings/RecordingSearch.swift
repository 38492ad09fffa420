// Where a request's recording can lie, and in which order it is looked for there.
//
//   1. The client's own recordings, then the shared ones; for each:
//      a. under the name that the key comes first to, and under its digest, in case another upstream's lies there;
//      b. where the one that was found varies by request fields (Vary), under the digest of the variant that this request would have.
//   2. Where former versions had it.
//   3. A body without a head file.

import Reactor
import SystemPackage

/// Why nothing was found, as far as it shows.
package struct RecordingMiss: Equatable, Sendable {
  /// There is a recording, and it was fetched from this URL.
  package var otherUpstream: String?
  /// There are recordings that are one client's each.
  package var hasPrivate = false
}

/// Where one head file lies, or would.
struct RecordingPlace {
  let headPath: String
  /// With the slash at its end; empty for the store itself.
  let directory: String
  let stem: String

  init(_ headPath: String) {
    self.headPath = headPath
    let slash = headPath.utf8.lastIndex(of: UInt8(ascii: "/")).map { headPath.utf8.index(after: $0) } ?? headPath.startIndex
    directory = String(headPath[..<slash])
    stem = String(headPath[slash...].dropLast(RecordingNames.headSuffix.utf8.count))
  }

  var pendingPath: String { "\(directory)\(RecordingNames.hiddenPrefix)\(stem)\(RecordingNames.headSuffix)" }
  func path(_ name: String) -> String { directory + name }
}

struct RecordingSearch {
  enum Attempt {
    case found(Recording)
    case missing
    /// A writer published while this looked.
    case changed
  }

  private enum Look {
    case found(Recording)
    case missing
    case changed
    case not(RecordingMatch)
  }

  private let sought: SoughtRecording
  private(set) var miss = RecordingMiss()
  /// Whether a body was met that belongs to a recording: it may be that of this request, published meanwhile.
  private(set) var hasMetOwned = false

  init(_ sought: SoughtRecording) {
    self.sought = sought
  }

  mutating func run(_ reader: borrowing RecordingReader) throws(RecordingFault) -> Attempt {
    for candidate in sought.candidates {
      let names = candidate.names
      // Most URLs have nothing that is one client's.
      if candidate.key.credentials != nil, reader.status(names.directory) == nil { continue }
      var variants: [RecordingKey] = []
      places: for isFirst in candidate.isByHandAlone ? [true] : [true, false] {
        let place = isFirst ? names : names.alternative(candidate.key)
        let isByHandGood = isFirst && candidate.key.credentials == nil
        let look = try look(RecordingPlace(place.headPath), candidate, isByHandGood: isByHandGood, reader)
        switch look {
        case .found(let recording): return .found(recording)
        case .changed: return .changed
        case .not(.variant(let recorded)): variants.append(sought.variant(of: recorded, candidate.key))
        case .not(.otherUpstream(let url)): miss.otherUpstream = url
        case .not: continue
        // What was fetched from elsewhere than the first may be left when that has gone; a route without an upstream
        // takes the first alone.
        case .missing: if candidate.key.upstream == nil { break places }
        }
      }
      for variant in variants {
        let place = RecordingPlace(names.alternative(variant).headPath)
        switch try look(place, SoughtRecording.Candidate(key: variant, names: names), isByHandGood: false, reader) {
        case .found(let recording): return .found(recording)
        case .changed: return .changed
        case .missing, .not: continue
        }
      }
    }
    return try former(reader)
  }

  private mutating func former(_ reader: borrowing RecordingReader) throws(RecordingFault) -> Attempt {
    let isByHandAlone = sought.candidates.last?.isByHandAlone == true
    let current = sought.names.headPath
    for path in FormerRecordingNames(sought.former).headPaths where path != current {
      let candidate = SoughtRecording.Candidate(key: sought.key, names: sought.names, isByHandAlone: isByHandAlone)
      switch try look(RecordingPlace(path), candidate, isByHandGood: true, reader) {
      case .found(let recording): return .found(recording)
      case .changed: return .changed
      case .not(.otherUpstream(let url)): miss.otherUpstream = url
      case .missing, .not: continue
      }
    }
    return .missing
  }

  /// - Parameter isByHandGood: a file written by hand under this name, without a key, counts.
  private func look(
    _ place: RecordingPlace, _ candidate: SoughtRecording.Candidate, isByHandGood: Bool, _ reader: borrowing RecordingReader
  ) throws(RecordingFault) -> Look {
    func match(_ found: RecordedHead) -> RecordingMatch {
      if found.head.key == nil { return isByHandGood ? .own : .other }
      let match = found.head.match(candidate.key, former: sought.former.requestLines) { sought.value($0) }
      return candidate.isByHandAlone && match == .own ? .other : match
    }
    if try RecordingFault.naming(place.headPath, { () throws(Errno) in try reader.isFormerBody(place) }) { return .missing }
    let current = try reader.head(place.headPath)
    if let current {
      let match = match(current)
      guard match == .own else { return .not(match) }
    }
    var body: RecordedBody?
    if let file = current?.head.body?.file { body = try reader.body(place.path(file)) }
    // Read after the body: where that is the pending head's already, this is still pending, or the head has changed.
    // A pending head that cannot be read is one that was not finished.
    var pending = try RecordingFault.naming(place.pendingPath) { () throws(Errno) in try reader.headIfReadable(place.pendingPath) }
    if let found = pending, match(found) != .own { pending = nil }
    guard let first = current ?? pending else { return .missing }
    if current == nil, let file = first.head.body?.file { body = try reader.body(place.path(file)) }

    var chosen = first
    if body == nil, let pending, let file = pending.head.body?.file, let other = try reader.body(place.path(file)),
      reader.isBody(other, of: pending.head)
    {
      (chosen, body) = (pending, other)
    } else if let pending, let body, pending.head.body?.file == first.head.body?.file, reader.isBody(body, of: pending.head) {
      chosen = pending
    } else if current == nil {
      return .missing
    }
    // Whether these are still the two. A pending head that was chosen may have become the head meanwhile, which changes
    // nothing.
    if current != nil, chosen.path == first.path, reader.status(first.path) != first.status { return .changed }
    if let body, reader.status(body.path)?.inode != body.status.inode { return .changed }
    if chosen.head.body != nil, body == nil { return .missing }
    let isEdited = body.map { reader.isEdited($0, chosen) } ?? false
    return .found(Recording(head: chosen, body: body, isEdited: isEdited))
  }

  /// A body without a head file. Not one that belongs to another recording, nor what the store keeps for itself.
  mutating func plain(_ plainPath: String?, _ reader: borrowing RecordingReader) throws(RecordingFault) -> Recording? {
    let key = sought.key
    guard key.method == "GET", key.headers.isEmpty, key.bodyDigest == nil else { return nil }
    let names = sought.names
    var paths: [String] = []
    if key.query == nil, let plainPath, RecordingNames.isPlain(plainPath) { paths.append(plainPath) }
    paths += names.plainNames.map { names.path($0) }.filter { $0 != plainPath && RecordingNames.isPlain($0) }
    for path in paths {
      guard let body = try reader.body(path) else { continue }
      if try RecordingFault.naming(path, { () throws(Errno) in try reader.isOwned(path, except: "") }) {
        hasMetOwned = true
        continue
      }
      return Recording(head: nil, body: body, isEdited: false)
    }
    return nil
  }

  /// A recording by the path of its head, whatever its key.
  static func recording(at headPath: String, _ reader: borrowing RecordingReader) throws(RecordingFault) -> Recording? {
    guard let head = try reader.head(headPath) else { return nil }
    guard let file = head.head.body?.file else { return Recording(head: head, body: nil, isEdited: false) }
    guard let body = try reader.body(RecordingPlace(headPath).path(file)), reader.status(headPath) == head.status else { return nil }
    return Recording(head: head, body: body, isEdited: reader.isEdited(body, head))
  }
}
