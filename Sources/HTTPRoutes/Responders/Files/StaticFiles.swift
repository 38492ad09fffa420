// `static`: the files below a directory.
//
// Which file a path means: itself; for a directory with a trailing slash its index, then its listing; a directory
// without one is sent to the one with; and where there is none of these, the fallback.

package import AsyncHTTPServer
import HTTPCore
import Reactor
import SystemPackage

package struct StaticFiles: Responder {
  /// Ends in a slash.
  private let root: [UInt8]
  private let options: StaticFilesOptions
  private let fallback: [UInt8]?
  private let service: FileService
  private let context: ResponderContext

  package init(root: String, _ options: StaticFilesOptions, context: ResponderContext) {
    var directory = root.isEmpty ? "." : root
    while directory.utf8.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    self.root = Array((directory == "/" ? directory : directory + "/").utf8)
    self.options = options
    fallback = options.fallback.map { Array($0.utf8.drop { $0 == UInt8(ascii: "/") }) }
    self.context = context
    service = FileService(
      containment: Containment(root: directory, symlinks: options.symlinks), contentTypes: options.contentTypes,
      precompressed: options.precompressed, cacheControl: options.cacheControl, context: context)
  }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    // Without `**` in the pattern there is nothing below the directory to name.
    let rest = request.path.extracting(request.match.rest(in: request.path) ?? request.path.count..<request.path.count)
    if isHidden(rest) { return service.answer(.missing) }
    let cache = request.reactor.local { FileCache() }
    // No file has such a name; a page of an application may.
    if request.hasEncodedSlash { return service.answer(serveFallback(cache, rest, request)) }
    cache.path.assign(root, rest)
    let outcome: FileService.Outcome
    if request.path[request.path.count - 1] == UInt8(ascii: "/") {
      outcome = directory(cache, isTop: rest.isEmpty, request)
    } else {
      outcome = service.serve(cache, request)
    }
    switch outcome {
    case .answer, .failed: return service.answer(outcome)
    case .directory:
      cache.path.assign(root, rest)
      if leadsSomewhere(cache) { return redirectToSlash(request) }
    case .missing: break
    }
    return service.answer(serveFallback(cache, rest, request))
  }

  /// Whether a segment begins with a period and the route serves none of those. `/.well-known/` is where RFC 8615 puts
  /// what is public.
  private func isHidden(_ rest: Span<UInt8>) -> Bool {
    guard options.dotfiles == .deny else { return false }
    for index in rest.indices where rest[index] == UInt8(ascii: ".") && (index == 0 || rest[index - 1] == UInt8(ascii: "/")) {
      if index == 0, isWellKnown(rest) { continue }
      return true
    }
    return false
  }

  private func isWellKnown(_ rest: Span<UInt8>) -> Bool {
    let name: StaticString = ".well-known"
    guard rest.count >= name.utf8CodeUnitCount, rest.count == name.utf8CodeUnitCount || rest[name.utf8CodeUnitCount] == UInt8(ascii: "/")
    else { return false }
    for index in 0..<name.utf8CodeUnitCount where rest[index] != name.utf8Start[index] { return false }
    return true
  }

  // MARK: Directories

  private func directory(
    _ cache: FileCache, isTop: Bool, _ request: borrowing RequestValues
  ) -> FileService.Outcome {
    let length = cache.path.count
    for name in options.index {
      cache.path.append(name)
      defer { cache.path.truncate(to: length) }
      switch service.serve(cache, request) {
      case .directory, .missing: continue
      case .answer(let answer): return .answer(answer)
      case .failed(let error): return .failed(error)
      }
    }
    guard options.listing else { return .missing }
    do throws(Errno) {
      // Whether there is a directory is known at once; its names are read elsewhere.
      let place = try service.open(cache.path, flags: OpenFlags.pathOnly | OpenFlags.directory)
      let status = try Syscalls.status(place.rawValue)
      let listing = ListingAnswer(
        service, cache.path, showsHidden: options.dotfiles == .allow, title: request.path.copied, isTop: isTop,
        accept: request.head.combinedValue(of: .accept, in: request.bytes), context: context)
      return .answer(listing.answer(status, now: request.now))
    } catch {
      return service.outcome(error)
    }
  }

  /// Whether there is an answer for the directory at the cache's path, once it has its slash. A link out of the root is
  /// not.
  private func leadsSomewhere(_ cache: FileCache) -> Bool {
    if cache.path.bytes[cache.path.count - 1] != UInt8(ascii: "/") { cache.path.append("/") }
    let length = cache.path.count
    if options.listing { return isThere(cache, .directory) }
    for name in options.index {
      cache.path.append(name)
      defer { cache.path.truncate(to: length) }
      if isThere(cache, .regular) { return true }
    }
    return false
  }

  private func isThere(_ cache: FileCache, _ kind: FileStatus.Kind) -> Bool {
    guard let place = try? service.open(cache.path, flags: OpenFlags.pathOnly), let status = try? Syscalls.status(place.rawValue) else {
      return false
    }
    return status.kind == kind
  }

  /// The reference is relative to the request's own URL, so it holds behind a proxy that has put a prefix before the
  /// path, and cannot name another host.
  private func redirectToSlash(_ request: borrowing RequestValues) -> Answer {
    let target = request.bytes.extracting(request.head.path)
    var start = target.count
    while start > 0, target[start - 1] != UInt8(ascii: "/") { start -= 1 }
    let name = (try? PathNormalization.canonicalEncoded(([UInt8(ascii: "/")] + target.extracting(start..<target.count).copied).span)) ?? "/"
    let query = request.head.query.map { "?" + URIReference.query(request.bytes.extracting($0).copied) } ?? ""
    let location = ".\(name)/\(query)"
    return .bytes(
      status: 308, fields: context.fields([FieldLine("Location", location), FieldLine("Content-Type", "text/plain; charset=utf-8")]),
      body: Array("308 Permanent Redirect: \(location)\n".utf8))
  }

  // MARK: Fallback

  /// The page that stands for all paths of an application which routes in the browser. A missing script or image must
  /// not be answered with a page: a path with the extension of an asset falls back only for a client that asks for
  /// HTML, as a browser does when it navigates.
  private func serveFallback(
    _ cache: FileCache, _ rest: Span<UInt8>, _ request: borrowing RequestValues
  ) -> FileService.Outcome {
    guard let fallback, request.head.knownMethod == .get || request.isHEAD else { return .missing }
    if namesAsset(rest), !acceptsHTML(request) { return .missing }
    cache.path.assign(root, fallback.span)
    let outcome = service.serve(cache, isFallback: true, request)
    if case .directory = outcome { return .missing }
    return outcome
  }

  private func namesAsset(_ rest: Span<UInt8>) -> Bool {
    guard let type = MediaType.forFileName(String(decoding: rest.copied, as: UTF8.self)) else { return false }
    return !type.hasPrefix("text/html")
  }

  private func acceptsHTML(_ request: borrowing RequestValues) -> Bool {
    guard let accept = request.head.combinedValue(of: .accept, in: request.bytes) else { return false }
    return FieldSyntax.weightedElements(accept).contains { $0.weight > 0 && $0.value.hasPrefix("text/html") }
  }
}

extension StaticFilesOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder {
    switch source {
    case .directory(let root):
      return StaticFiles(root: root, self, context: context)
    case .file(let path):
      let service = FileService(
        containment: Containment(root: "", symlinks: .follow), contentTypes: contentTypes, precompressed: precompressed,
        cacheControl: cacheControl, context: context)
      return FileResponder(path: path, service: service)
    }
  }
}
