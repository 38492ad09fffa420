// What a file is as an answer: validators, conditions, ranges (RFC 9110 sections 8.8, 13 and 14). Every kind of route
// that answers from a file comes here, so a static file, a recording and a `file` route behave alike.

package import AsyncHTTPServer
package import HTTPCore
package import Reactor

/// One file as a representation. A plain value: the owner of the file's bytes or descriptor asks it what to send of
/// them.
package struct FileResponse: Sendable {
  /// What the conditions and ranges of a request come to.
  package enum Decision: Equatable, Sendable {
    case whole
    /// 304
    case notModified
    /// 412
    case preconditionFailed
    /// 206, of one part or several
    case parts([Range<Int64>])
    /// 416
    case unsatisfiable
  }

  /// The status of a whole answer.
  package let statusCode: Int
  /// Nil for a representation that has none.
  package let entityTag: EntityTag?
  /// Seconds since 1970; nil where it is not known.
  package let lastModified: Int64?
  /// Bytes.
  package let size: Int64
  /// The fields of a whole answer, but for those that every answer of the server has.
  package let fields: [FieldLine]
  private let contentType: String
  private let isCoded: Bool

  /// - Parameters:
  ///   - statusCode: conditions and ranges are for 200; any other status is always sent whole.
  ///   - file: as it was when its content was read, or when it was opened.
  ///   - digest: of the content, where that is in memory.
  ///   - coding: that the file's bytes are in.
  ///   - now: seconds since 1970; a modification after it is dated now (section 8.8.2.1).
  ///   - extra: further fields, valid (FieldSyntax). The route's own win over these and over all others but Vary, which adds up.
  package init(
    statusCode: Int = 200, file: FileStatus, digest: UInt64? = nil, contentType: String, coding: ContentCoding? = nil, now: Int64,
    extra: [FieldLine] = [], context: ResponderContext
  ) {
    self.init(
      statusCode: statusCode, size: file.size, entityTag: Self.entityTag(of: file, digest: digest),
      lastModified: min(file.modificationSeconds, now), contentType: contentType, coding: coding, extra: extra, context: context)
  }

  /// The same for content whose validators are known.
  init(
    statusCode: Int, size: Int64, entityTag: EntityTag, lastModified: Int64, contentType: String, coding: ContentCoding? = nil,
    extra: [FieldLine] = [], context: ResponderContext
  ) {
    var own = [FieldLine("Content-Type", contentType)]
    if let coding { own.append(FieldLine("Content-Encoding", coding.name)) }
    own += [FieldLine("Last-Modified", HTTPDate.string(lastModified)), FieldLine("ETag", entityTag.text)]
    if statusCode == 200 { own.append(FieldLine("Accept-Ranges", "bytes")) }
    own.append(FieldLine("X-Content-Type-Options", "nosniff"))
    let varies = extra.filter { $0.name == "Vary" }
    let fields = context.fields(own + extra.filter { $0.name != "Vary" }) + varies
    self.init(
      statusCode: statusCode, size: size, entityTag: context.ownEntityTag ?? entityTag,
      lastModified: context.ownLastModified(now: lastModified) ?? lastModified,
      contentType: fields.first { FieldSyntax.equalIgnoringCase($0.name, "Content-Type") }?.value ?? contentType, isCoded: coding != nil,
      fields: fields)
  }

  /// A representation whose fields are settled: a recording says itself what it is.
  package init(
    statusCode: Int, size: Int64, entityTag: EntityTag?, lastModified: Int64?, contentType: String, isCoded: Bool,
    fields: [FieldLine]
  ) {
    self.statusCode = statusCode
    self.size = size
    self.entityTag = entityTag
    self.lastModified = lastModified
    self.contentType = contentType
    self.isCoded = isCoded
    self.fields = fields
  }

  /// A strong tag that changes when the file does.
  ///
  /// Two states of a file that are of the same size and within one tick of the kernel's clock have the same times. The
  /// digest of the content tells them apart. Without one, a file that has just changed gets a tag for this answer
  /// alone: it is confirmed by no later request, and once the times can be trusted it has a lasting one.
  package static func entityTag(of file: FileStatus, digest: UInt64?) -> EntityTag {
    let isCertain = digest != nil || FileContent.isSettled(file, at: FileContent.clock())
    // Mixed rather than spelled out: clients should not learn inode numbers.
    var mix = Fingerprint(seed: isCertain ? digest ?? 0 : .random(in: .min ... .max))
    mix.add(file.inode)
    mix.add(UInt64(bitPattern: file.modificationNanoseconds))
    mix.add(UInt64(bitPattern: file.changeNanoseconds))
    return EntityTag(opaque: String(file.size, radix: 16) + "-" + String(mix.value, radix: 16))
  }

  // MARK: Deciding

  /// Kept: as a literal it is put together in an array, element by element, each time it is asked for.
  private static let decisiveFields: KnownFieldSet = [
    KnownFieldSet(.range), KnownFieldSet(.ifMatch), KnownFieldSet(.ifNoneMatch), KnownFieldSet(.ifModifiedSince),
    KnownFieldSet(.ifUnmodifiedSince),
  ]

  /// Whether the request says anything that could make its answer another one than the whole.
  static func isConditional(_ head: borrowing RequestHead) -> Bool { !head.present.isDisjoint(with: decisiveFields) }

  /// Evaluates the request's conditions, then its ranges, in the order of RFC 9110 section 13.2.2. Allocates nothing
  /// for a request with neither.
  package func decide(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, now: Int64) -> Decision {
    guard statusCode == 200, Self.isConditional(head) else { return .whole }
    let conditions = Preconditions(copy head, in: bytes)
    let isGetOrHead = head.knownMethod == .get || head.knownMethod == .head
    switch conditions.evaluate(isGetOrHead: isGetOrHead, entityTag: entityTag, lastModified: lastModified, now: now) {
    case .notModified: return .notModified
    case .preconditionFailed: return .preconditionFailed
    case .proceed: break
    }
    // Section 14.2: ranges are defined for GET alone.
    guard head.knownMethod == .get, let range = head.combinedValue(of: .range, in: bytes),
      conditions.rangeApplies(entityTag: entityTag, lastModified: lastModified, now: now)
    else { return .whole }
    switch ByteRanges.parse(range, size: size) {
    case .ignore: return .whole
    case .unsatisfiable: return .unsatisfiable
    case .ranges(let ranges):
      if ranges.count == 1 { return .parts(ranges) }
      // The parts of a coded file would be a body that its Content-Encoding does not describe.
      return isCoded || MultipartRanges.size(of: ranges) > MultipartRanges.maxSize ? .whole : .parts(ranges)
    }
  }

  // MARK: Answering

  /// What to send of content that is in memory whole.
  package func answer(_ decision: Decision, content: [UInt8]) -> Answer {
    precondition(Int64(content.count) == size, "the content is the file's")
    switch decision {
    case .whole:
      return .bytes(status: statusCode, fields: fields, body: content)
    case .parts(let ranges):
      let parts = ranges.map { content[Int($0.lowerBound)..<Int($0.upperBound)] }
      return partial(ranges, parts)
    case .notModified, .preconditionFailed, .unsatisfiable:
      return withoutContent(decision)
    }
  }

  /// What to send of an open file. A file that is shorter by then is found out while it is sent, and the connection
  /// reset.
  package func answer(_ decision: Decision, file: consuming OwnedDescriptor) -> Answer {
    switch decision {
    case .whole:
      return .file(status: statusCode, fields: fields, FileRegion(file: file, offset: 0, count: size))
    case .parts(let ranges) where ranges.count == 1:
      let region = FileRegion(file: file, offset: ranges[0].lowerBound, count: ranges[0].upperBound - ranges[0].lowerBound)
      return .file(status: 206, fields: fields + [FieldLine("Content-Range", ByteRanges.contentRange(ranges[0], size: size))], region)
    case .parts(let ranges):
      var parts: [ArraySlice<UInt8>] = []
      for range in ranges {
        let part = try? FileContent.read(file.rawValue, at: range.lowerBound, count: Int(range.upperBound - range.lowerBound))
        guard let part, part.count == range.count else {
          return .file(status: statusCode, fields: fields, FileRegion(file: file, offset: 0, count: size))
        }
        parts.append(part[...])
      }
      return partial(ranges, parts)
    case .notModified, .preconditionFailed, .unsatisfiable:
      return withoutContent(decision)
    }
  }

  private func partial(_ ranges: [Range<Int64>], _ parts: [ArraySlice<UInt8>]) -> Answer {
    if ranges.count == 1 {
      return .bytes(
        status: 206, fields: fields + [FieldLine("Content-Range", ByteRanges.contentRange(ranges[0], size: size))], body: Array(parts[0]))
    }
    let boundary = MultipartRanges.makeBoundary()
    let others = fields.filter { !FieldSyntax.equalIgnoringCase($0.name, "Content-Type") }
    return .bytes(
      status: 206, fields: others + [FieldLine("Content-Type", "multipart/byteranges; boundary=\(boundary)")],
      body: MultipartRanges.body(ranges, parts, size: size, contentType: contentType, boundary: boundary))
  }

  /// The fields that describe the content, which an answer without it leaves out (section 15.4.5).
  private static let contentFields = [
    "content-type", "content-encoding", "content-language", "accept-ranges", "last-modified", "x-content-type-options",
  ]

  private var fieldsWithoutContent: [FieldLine] { Self.withoutContent(fields) }

  /// The fields of an answer that has no content.
  static func withoutContent(_ fields: [FieldLine]) -> [FieldLine] {
    fields.filter { !contentFields.contains(FieldSyntax.lowercased($0.name)) }
  }

  /// 304, laid out.
  package func makeNotModified() -> PreparedResponse { PreparedResponse(status: 304, fields: fieldsWithoutContent, body: []) }

  /// The answers that have nothing of the file: 304, 412 and 416.
  func withoutContent(_ decision: Decision) -> Answer {
    let type = FieldLine("Content-Type", "text/plain; charset=utf-8")
    switch decision {
    case .whole, .parts: preconditionFailure("these have content")
    case .notModified: return .bytes(status: 304, fields: fieldsWithoutContent, body: [])
    case .preconditionFailed:
      return .bytes(
        status: 412, fields: fieldsWithoutContent + [type],
        body: Array("412 Precondition Failed: the file is not in the state the request expects\n".utf8))
    case .unsatisfiable:
      return .bytes(
        status: 416, fields: fieldsWithoutContent + [type, FieldLine("Content-Range", ByteRanges.unsatisfiedContentRange(size: size))],
        body: Array("416 Range Not Satisfiable: the file has \(size) bytes\n".utf8))
    }
  }
}
