// Which names a recording takes when it is published: those its key comes first to, unless they are another's.
// Everything here happens in the recording's own directory, under the store's lock.

import HTTPCore
import Reactor
import SystemPackage

struct RecordingSlot {
  /// The names that a recording takes.
  struct Place {
    let names: RecordingNames
    /// What has them now, and goes.
    var old: RecordedHead?
    /// Nil for a response without content.
    var bodyName: String?
    /// Files of an older recording of the same key under other names: they go too, body first.
    var stale: [String] = []
  }

  private enum Holder {
    case free
    /// This recording's predecessor.
    case own(RecordedHead)
    /// A recording of the same key that varies from it.
    case variant
    case other
  }

  let key: RecordingKey
  /// The request lines of the key as a former version had them.
  let former: [String]

  /// The names for this head. Exchanges under them that were cut short are finished or dropped. EMFILE, ENFILE.
  func place(_ head: RecordingHead, hasContent: Bool, _ reader: borrowing RecordingReader) throws(Errno) -> Place {
    var base = key
    base.vary = []
    let first = RecordingNames(base)
    let second = first.alternative(base)
    for names in [first, second] {
      var place = Place(names: names)
      switch try holder(of: names, reader) {
      case .free: break
      case .own(let head): place.old = head
      case .variant: return try last(first.alternative(key), head, hasContent, reader)
      case .other: continue
      }
      if hasContent {
        let name = bodyName(names, head)
        if let status = reader.status(name), status.kind != .regular { continue }
        if reader.status(name) != nil, try reader.isOwned(name, except: names.stem) { continue }
        place.bodyName = name
      }
      if names != second, case .own(let stale) = try holder(of: second, reader) {
        place.stale = [stale.head.body?.file, second.headName].compactMap { $0 }
      }
      return place
    }
    return try last(first.alternative(key), head, hasContent, reader)
  }

  /// Under a digest of the whole key there is nothing but its own.
  private func last(_ names: RecordingNames, _ head: RecordingHead, _ hasContent: Bool, _ reader: borrowing RecordingReader) throws(Errno)
    -> Place
  {
    var place = Place(names: names, bodyName: hasContent ? bodyName(names, head) : nil)
    if case .own(let head) = try holder(of: names, reader) { place.old = head }
    return place
  }

  private func bodyName(_ names: RecordingNames, _ head: RecordingHead) -> String {
    names.bodyName(contentType: head.value("content-type"), contentCoding: head.value("content-encoding"))
  }

  private func holder(of names: RecordingNames, _ reader: borrowing RecordingReader) throws(Errno) -> Holder {
    try RecordingWriter.settle(pending: names.pendingName, reader)
    if try reader.isFormerBody(RecordingPlace(names.headName)) { return .other }
    guard let found = try reader.headIfReadable(names.headName) else { return .free }
    // The values of the request are those of the key: whatever else the recording varies by, this one is newer.
    let match = found.head.match(key, former: former) { name in key.vary.first { $0.name == name }?.value }
    switch match {
    case .own: return .own(found)
    case .variant(let recorded): return recorded.vary.map(\.name) == key.vary.map(\.name) ? .variant : .own(found)
    case .otherUpstream, .other: return .other
    }
  }
}
