// What a request's conditions and range come to for a file that a handler answers with (RFC 9110 §13.2.2, §14.2).

import HTTPCore
import Reactor

extension Exchange {
  /// Decides what of a file is sent, with which status and fields. Fields that the handler has given win.
  ///
  /// - Parameters:
  ///   - state: of the file, now that it is open.
  func decide(_ file: FileSource, as state: FileStatus, _ status: inout Int, _ fields: inout HTTPFields) -> Range<Int64> {
    let whole = (file.range ?? 0..<state.size).clamped(to: 0..<state.size)
    guard file.isConditional, status == 200 else { return whole }
    let now = reactor.wallClockSeconds
    if !fields.contains(.eTag) { fields[.eTag] = Self.entityTag(of: state, now: now).text }
    if !fields.contains(.lastModified) { fields[.lastModified] = HTTPDate.string(min(state.modificationSeconds, now)) }
    fields[.acceptRanges] = "bytes"

    let bytes = bytes
    let conditions = Preconditions(head, in: bytes.span)
    let tag = fields[.eTag].flatMap { EntityTag($0) }
    let lastModified = fields[.lastModified].flatMap { HTTPDate.parse($0, now: now) }
    let isGetOrHead = head.knownMethod == .get || head.knownMethod.isHEAD
    switch conditions.evaluate(isGetOrHead: isGetOrHead, entityTag: tag, lastModified: lastModified, now: now) {
    case .proceed: break
    case .notModified: return Self.withoutContent(304, &status, &fields)
    case .preconditionFailed: return Self.withoutContent(412, &status, &fields)
    }
    guard head.knownMethod == .get, let range = head.combinedValue(of: .range, in: bytes.span),
      conditions.rangeApplies(entityTag: tag, lastModified: lastModified, now: now)
    else { return whole }
    switch ByteRanges.parse(range, size: state.size) {
    case .unsatisfiable:
      fields[.contentRange] = ByteRanges.unsatisfiedContentRange(size: state.size)
      return Self.withoutContent(416, &status, &fields)
    case .ranges(let ranges) where ranges.count == 1:
      fields[.contentRange] = ByteRanges.contentRange(ranges[0], size: state.size)
      status = 206
      return ranges[0]
    // Of several ranges the whole is sent, as RFC 9110 §14.2 allows.
    case .ranges, .ignore: return whole
    }
  }

  /// Makes it an answer that has nothing of the content (RFC 9110 §15.4.5).
  private static func withoutContent(_ newStatus: Int, _ status: inout Int, _ fields: inout HTTPFields) -> Range<Int64> {
    status = newStatus
    for name: HTTPField.Name in [.contentType, .contentEncoding, .contentLanguage, .lastModified, .acceptRanges] { fields[name] = nil }
    return 0..<0
  }

  /// Weak where the file was changed within the last two seconds: it may change again without a change of its time.
  private static func entityTag(of file: FileStatus, now: Int64) -> EntityTag {
    let changed = max(file.modificationNanoseconds, file.changeNanoseconds)
    let isSettled = now - changed / 1_000_000_000 >= 2
    return EntityTag(
      isWeak: !isSettled,
      opaque: [UInt64(bitPattern: file.size), UInt64(bitPattern: changed)].map { String($0, radix: 16) }.joined(separator: "-"))
  }
}
