// Serving one file of a route, found by its path: from memory where that is known to be the file's content, else from
// the file.
//
//   path → stat → which coding → entry of the cache, still current → the answer, laid out
//                              → open, contained → small: read, laid out, kept │ large: sendfile

import AsyncHTTPServer
import HTTPCore
import Reactor
import SystemPackage

/// What the files of one route have in common.
struct FileService: Sendable {
  enum Outcome {
    case answer(Answer)
    case directory
    /// Nothing there, or nothing that may be served.
    case missing
    case failed(Errno)
  }

  private let containment: Containment
  private let rootLength: Int
  private let statusCode: Int
  private let contentType: String?
  private let contentTypes: [String: String]
  private let codings: [ContentCoding]
  private let fields: [FieldLine]
  private let context: ResponderContext
  /// Tells this route's entries in the caches from those of all others, and of those before a reload. Four low bits are
  /// free for the dress.
  let identity: UInt64

  private let notFound: PreparedResponse
  private let forbidden: PreparedResponse
  private let busy: PreparedResponse
  private let failure: PreparedResponse

  /// - Parameters:
  ///   - containment: its root is "" for a single file, whose path the operator wrote and is followed wherever it leads.
  ///   - contentType: nil tells it from the name.
  ///   - contentTypes: by extension, in lower case; they win over what the tables say.
  init(
    containment: Containment, statusCode: Int = 200, contentType: String? = nil, contentTypes: [String: String] = [:],
    precompressed: [StaticFilesOptions.Precompression] = [], cacheControl: String? = nil, context: ResponderContext
  ) {
    self.containment = containment
    rootLength = containment.root.isEmpty || containment.root.hasSuffix("/") ? containment.root.utf8.count : containment.root.utf8.count + 1
    self.statusCode = statusCode
    self.contentType = contentType
    self.contentTypes = contentTypes
    codings = precompressed.compactMap { ContentCoding(name: $0.rawValue) }
    var fields = cacheControl.map { [FieldLine("Cache-Control", $0)] } ?? []
    if !codings.isEmpty { fields.append(FieldLine("Vary", "Accept-Encoding")) }
    self.fields = fields
    self.context = context
    identity = SerialNumber.next() << 4
    func plain(_ status: Int, _ fields: [FieldLine] = []) -> PreparedResponse {
      PreparedResponse(
        status: status, fields: context.fields([FieldLine("Content-Type", "text/plain; charset=utf-8")] + fields),
        body: Array("\(status) \(ReasonPhrase.phrase(for: status))\n".utf8))
    }
    notFound = plain(404)
    forbidden = plain(403)
    // A second is enough for some of the descriptors in use to close.
    busy = plain(503, [FieldLine("Retry-After", "1")])
    failure = plain(500)
  }

  // MARK: Serving

  /// Answers with the file at the cache's path.
  ///
  /// - Parameters:
  ///   - isFallback: the file answers for a path that names none, and Accept decides for which paths.
  func serve(_ cache: FileCache, isFallback: Bool = false, _ request: borrowing RequestValues) -> Outcome {
    if codings.isEmpty, let entry = cache.entry(dress: dress(nil, isFallback)), entry.checkedTurn == request.reactor.turnCount,
      let answer = answer(entry, request)
    {
      return .answer(answer)
    }
    let status: FileStatus
    do throws(Errno) { status = try cache.path.status() } catch { return outcome(error) }
    switch status.kind {
    case .regular: break
    case .directory: return .directory
    case .symbolicLink, .fifo, .socket, .other: return .missing
    }
    let nameLength = cache.path.count
    for coding in acceptedCodings(cache, request) {
      cache.path.append(coding.fileSuffix)
      defer { cache.path.truncate(to: nameLength) }
      guard let sibling = try? cache.path.status(), sibling.kind == .regular, !isOutdated(sibling, status),
        case .answer(let answer) = serve(cache, sibling, coding: coding, nameLength: nameLength, isFallback: isFallback, request)
      else { continue }
      return .answer(answer)
    }
    return serve(cache, status, coding: nil, nameLength: nameLength, isFallback: isFallback, request)
  }

  /// The codings to look for, best first.
  private func acceptedCodings(_ cache: FileCache, _ request: borrowing RequestValues) -> [ContentCoding] {
    guard !codings.isEmpty, let value = request.head.firstValue(of: .acceptEncoding) else { return [] }
    // A list may go over several lines (RFC 9110 §5.3), though hardly a client makes use of that.
    if request.head.repeated.contains(.acceptEncoding), let combined = request.head.combinedValue(of: .acceptEncoding, in: request.bytes) {
      return cache.codings(for: combined.utf8.span, among: codings, dress: identity)
    }
    return cache.codings(for: request.bytes.extracting(value), among: codings, dress: identity)
  }

  /// A compressed file that is older than its plain one is of an earlier state of it. Tools that copy the plain file's
  /// time on it may drop the fraction of a second.
  private func isOutdated(_ sibling: FileStatus, _ plain: FileStatus) -> Bool {
    if sibling.modificationNanoseconds % 1_000_000_000 == 0 { return sibling.modificationSeconds < plain.modificationSeconds }
    return sibling.modificationNanoseconds < plain.modificationNanoseconds
  }

  private func serve(
    _ cache: FileCache, _ status: FileStatus, coding: ContentCoding?, nameLength: Int, isFallback: Bool,
    _ request: borrowing RequestValues
  ) -> Outcome {
    let dress = dress(coding, isFallback)
    if let entry = cache.entry(dress: dress), entry.isCurrent(status, now: request.now) {
      entry.checkedTurn = request.reactor.turnCount
      if let answer = answer(entry, request) { return .answer(answer) }
    }
    do throws(Errno) {
      return try load(
        cache, dress: dress, coding: coding, nameLength: nameLength, isFallback: isFallback, request)
    } catch {
      return outcome(error)
    }
  }

  private func dress(_ coding: ContentCoding?, _ isFallback: Bool) -> UInt64 {
    identity | (coding.map { UInt64($0.rawValue) + 1 } ?? 0) | (isFallback ? 8 : 0)
  }

  /// What is laid out; nil for the answers that are rare.
  private func answer(_ entry: FileCache.Entry, _ request: borrowing RequestValues) -> Answer? {
    if !FileResponse.isConditional(request.head) { return .prepared(entry.whole) }
    switch entry.response.decide(request.head, request.bytes, now: request.now) {
    case .whole: return .prepared(entry.whole)
    case .notModified: return .prepared(entry.notModified)
    case .parts, .preconditionFailed, .unsatisfiable: return nil
    }
  }

  private func load(
    _ cache: FileCache, dress: UInt64, coding: ContentCoding?, nameLength: Int, isFallback: Bool,
    _ request: borrowing RequestValues
  ) throws(Errno) -> Outcome {
    let clock = FileContent.clock()
    let file = try open(cache.path)
    let (status, content) = try FileContent.readWhole(file.rawValue, limit: FileCache.maxFileSize)
    switch status.kind {
    case .regular: break
    case .directory: return .directory
    case .symbolicLink, .fifo, .socket, .other: return .missing
    }
    let digest = content.map { content in
      var digest = Fingerprint()
      content.withUnsafeBytes { digest.add($0) }
      return digest.value
    }
    var name = cache.path
    name.truncate(to: nameLength)
    let response = FileResponse(
      statusCode: statusCode, file: status, digest: digest,
      contentType: type(ofFile: String(decoding: name.bytes.dropLast(), as: UTF8.self)), coding: coding, now: request.now,
      extra: isFallback ? fields + [FieldLine("Vary", "Accept")] : fields, context: context)
    let decision = response.decide(request.head, request.bytes, now: request.now)
    guard let content else { return .answer(response.answer(decision, file: file)) }
    let entry = FileCache.Entry(
      path: cache.path, dress: dress, response: response, content: content, status: status,
      isSettled: FileContent.isSettled(status, at: clock), loadedAt: request.now,
      turn: request.reactor.turnCount, sum: context.states.cachedFiles)
    cache.insert(entry)
    if decision == .whole { return .answer(.prepared(entry.whole)) }
    return .answer(response.answer(decision, content: content))
  }

  private func type(ofFile name: String) -> String {
    contentType ?? MediaType.fileExtension(of: name).flatMap { contentTypes[FieldSyntax.lowercased($0)] }
      ?? MediaTypeTable.type(ofFile: name)
  }

  /// Opens what is at `path` by the rules of the route.
  func open(_ path: PathBuffer, flags: Int32 = Containment.readFlags) throws(Errno) -> OwnedDescriptor {
    try path.withPath(from: rootLength) { path throws(Errno) in
      if containment.root.isEmpty { return try Syscalls.open(path, flags: flags) }
      return try containment.open(path, flags: flags)
    }
  }

  // MARK: Without a file

  func answer(_ outcome: Outcome) -> Answer {
    switch outcome {
    case .answer(let answer): answer
    case .directory, .missing: .prepared(notFound)
    case .failed(.permissionDenied), .failed(.notPermitted): .prepared(forbidden)
    case .failed(.tooManyOpenFiles), .failed(.tooManyOpenFilesInSystem), .failed(.noMemory), .failed(.resourceTemporarilyUnavailable):
      .prepared(busy)
    case .failed: .prepared(failure)
    }
  }

  /// What a system call's error means for a path that a client chose.
  func outcome(_ error: Errno) -> Outcome {
    switch error {
    case .noSuchFileOrDirectory, .notDirectory, .fileNameTooLong, .tooManySymbolicLinkLevels, .improperLink, .noSuchAddressOrDevice,
      .invalidArgument, .operationNotSupportedByDevice:
      .missing
    default: .failed(error)
    }
  }
}
