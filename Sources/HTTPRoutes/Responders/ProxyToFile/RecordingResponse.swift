// A recording as an answer. Its fields are those that were recorded; conditions, ranges and HEAD are FileResponse's
// business, as for any file.

import AsyncHTTPServer
import HTTPCore
import Reactor
import Recordings
import SystemPackage

struct RecordingResponse {
  private let recording: Recording
  private let cachedFiles: CachedFileCount
  private let response: FileResponse
  /// What the operator should know of the head file; nil for most.
  let notice: String?

  /// What an edit makes untrue of a body.
  private static let ofTheRecordedBody: Set<String> = [
    "etag", "last-modified", "content-md5", "digest", "content-digest", "repr-digest", "content-range",
  ]

  /// - Parameters:
  ///   - prefix: the route's own part of the path, for redirects.
  ///   - extra: fields beyond the recorded ones.
  init(_ recording: Recording, _ route: ProxyToFile, prefix: String, now: Int64, extra: [FieldLine] = []) {
    self.recording = recording
    let context = route.context
    cachedFiles = context.states.cachedFiles
    guard let head = recording.head?.head else {
      notice = nil
      // `find` answers nothing that has neither a head nor a body.
      let body = recording.body!
      response = FileResponse(
        file: body.status, contentType: MediaTypeTable.type(ofFile: body.path), now: now, extra: extra, context: context)
      return
    }
    var fields = AnswerFields.permitted(head.headers, ofStatus: head.status)
    notice = Self.notice(of: head, keeping: fields, path: route.store.absolute(recording.head?.path ?? ""))
    if recording.isEdited { fields.removeAll { Self.ofTheRecordedBody.contains(FieldSyntax.lowercased($0.name)) } }
    var tag = head.value("etag").flatMap { EntityTag($0) }
    var lastModified = head.value("last-modified").flatMap { HTTPDate.parse($0, now: now) }
    if recording.isEdited, let status = recording.body?.status {
      let own = FileResponse.entityTag(of: status, digest: nil)
      tag = own
      lastModified = min(status.modificationSeconds, now)
      fields += [FieldLine("Last-Modified", HTTPDate.string(min(status.modificationSeconds, now))), FieldLine("ETag", own.text)]
    }
    if let upstream = route.upstream { fields = upstream.mapped(fields, prefix: prefix) }
    if head.value("content-type") == nil, let body = recording.body, head.key == nil {
      // A head by hand need not say what the file's name does.
      fields.append(FieldLine("Content-Type", MediaTypeTable.type(ofFile: body.path)))
    }
    response = FileResponse(
      statusCode: head.status, size: recording.body?.status.size ?? 0, entityTag: tag, lastModified: lastModified,
      contentType: head.value("content-type") ?? MediaType.octetStream, isCoded: head.value("content-encoding") != nil,
      fields: context.fields(fields + extra))
  }

  private static func notice(of head: RecordingHead, keeping fields: [FieldLine], path: String) -> String? {
    guard fields.count < head.headers.count else { return nil }
    let kept = Set(fields.map(\.name))
    let names = head.headers.map(\.name).filter { !kept.contains($0) }
    return
      "\(path): \(names.joined(separator: ", ")) left out, since the server itself frames and dates its answers and minds the connection"
  }

  /// Answers, and leaves a small recording in the thread's cache.
  func answer(
    _ request: borrowing RequestValues, store: RecordingStore, cache: RecordingCache?, clock: Int64
  ) -> Answer {
    let decision = response.decide(request.head, request.bytes, now: request.now)
    let (now, turn) = (request.now, request.reactor.turnCount)
    return answer(decision) { content, status in
      cache?.insert(response, content, recording, bodyStatus: status, store: store, clock: clock, now: now, turn: turn, sum: cachedFiles)
    }
  }

  /// The same in a task.
  func answer(_ head: RequestHead, _ bytes: [UInt8], now: Int64) -> Answer {
    answer(response.decide(head, bytes.span, now: now)) { _, _ in }
  }

  private func answer(_ decision: FileResponse.Decision, keep: ([UInt8], FileStatus) -> Void) -> Answer {
    guard let body = recording.body, let file = body.file.take() else {
      return .bytes(status: response.statusCode, fields: response.fields, body: [])
    }
    // A body that changed since it was opened and measured is sent as a file, whose length is checked while it is sent.
    guard let (status, content) = try? FileContent.readWhole(file.rawValue, limit: FileCache.maxFileSize), let content,
      status.size == response.size
    else { return response.answer(decision, file: file) }
    keep(content, status)
    return response.answer(decision, content: content)
  }
}
