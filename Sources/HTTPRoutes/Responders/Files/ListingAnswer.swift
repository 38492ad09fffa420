// The answer that a listing is. A long one is sent in pieces as the client takes them, from bytes that all who ask for
// the directory share.

import AsyncHTTPServer
import HTTPCore
import HTTPTypes
import Reactor

/// How one request has a directory listed.
struct ListingAnswer: Sendable {
  private let listing: DirectoryListing
  /// What comes before the rows of a page.
  private let heading: [UInt8]
  private let context: ResponderContext

  /// 64 KiB: beyond it an answer is sent in pieces of this size.
  private static let pieceSize = 64 << 10

  /// - Parameters:
  ///   - title: the decoded path of the request.
  ///   - isTop: there is nothing above the directory that the route serves.
  ///   - accept: the value of Accept.
  init(
    _ service: FileService, _ path: PathBuffer, showsHidden: Bool, title: [UInt8], isTop: Bool, accept: String?, context: ResponderContext
  ) {
    let isJSON = Self.prefersJSON(accept)
    listing = DirectoryListing(service: service, path: path, showsHidden: showsHidden, isJSON: isJSON)
    heading = isJSON ? [] : ListingText.heading(path: title, isTop: isTop)
    self.context = context
  }

  /// - Parameters:
  ///   - status: of the directory now.
  func answer(_ status: FileStatus, now: Int64) -> Answer {
    if let contents = ListingReads.shared.kept(listing, status, now: now) {
      if let answer = shortAnswer(contents) { return answer }
      return .task { request in try await send(contents, to: request) }
    }
    return .task { request in
      switch await ListingReads.shared.read(listing) {
      case .success(let contents):
        if let answer = shortAnswer(contents) { return try await request.send(answer) }
        try await send(contents, to: request)
      case .failure(let error):
        try await request.send(listing.service.answer(listing.service.outcome(error)))
      }
    }
  }

  private func shortAnswer(_ contents: DirectoryListing.Contents) -> Answer? {
    guard heading.count + contents.body.count <= Self.pieceSize else { return nil }
    return .bytes(status: 200, fields: fields(contents), body: heading + contents.body)
  }

  private func send(_ contents: DirectoryListing.Contents, to request: Request) async throws {
    let length = Int64(heading.count + contents.body.count)
    let body = ResponseBody.stream(length: length) { [heading] writer in
      try await writer.write(heading)
      for start in stride(from: 0, to: contents.body.count, by: Self.pieceSize) {
        try await writer.write(Array(contents.body[start..<min(start + Self.pieceSize, contents.body.count)]))
      }
    }
    var headers = HTTPFields()
    for field in fields(contents) {
      guard let name = HTTPField.Name(field.name) else { continue }
      headers.append(HTTPField(name: name, value: ObsText.octets(field.value)))
    }
    try await request.respond(.ok, body, headers: headers)
  }

  private func fields(_ contents: DirectoryListing.Contents) -> [FieldLine] {
    var own = [
      FieldLine("Content-Type", listing.isJSON ? "application/json" : "text/html; charset=utf-8"), FieldLine("Cache-Control", "no-cache"),
      FieldLine("X-Content-Type-Options", "nosniff"), FieldLine("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ]
    if let truncation = contents.truncation { own.append(FieldLine("X-Listing-Truncated", truncation)) }
    return context.fields(own) + [FieldLine("Vary", "Accept")]
  }

  /// Whether the client names JSON and weighs it above HTML. A browser and curl get the page.
  private static func prefersJSON(_ accept: String?) -> Bool {
    let elements = FieldSyntax.weightedElements(accept ?? "")
    func weight(_ type: String) -> Int { elements.first { $0.value == type }?.weight ?? 0 }
    return weight("application/json") > weight("text/html")
  }
}
