// The archive as another program reads it: haralyzer, of PyPI.

import Foundation
import Testing

@testable import RouteAdmin

@Suite(.enabled(if: HARReader.isThere, "needs Python's haralyzer"))
struct HARReaderTests {
  @Test func `another program reads the archive`() async throws {
    var told = Told.post("/form?a=b", "x=1", type: "application/x-www-form-urlencoded", "Cookie: s=1")
    told.answerBody = "hello"
    let archive = try await JournalSite.with([told, .get("/gone", status: 404, route: nil)]) { site in
      try await site.ask("GET /requests.har").text
    }
    #expect(
      try HARReader.read(archive) == [
        "1.2 asynchttpd", "POST http://localhost/form?a=b 200 text/plain 5", "GET http://localhost/gone 404 text/plain 0",
      ])
  }
}

private enum HARReader {
  private static let program = """
    import json, sys
    from haralyzer import HarParser
    har = HarParser(json.load(sys.stdin))
    print(har.version, har.creator["name"])
    for page in har.pages:
        for entry in page.entries:
            print(entry.request.method, entry.request.url, entry.response.status, entry.response.mimeType, entry.response.bodySize)
            entry.startTime, entry.time, entry.request.cookies, entry.request.queryString, entry.response.headers, entry.timings
    """

  /// The first Python that has what the program needs.
  private static let python = ["/usr/bin/python3", "python3"].first { python in
    (try? run([python, "-c", "import haralyzer"], ""))?.status == 0
  }

  static let isThere = python != nil

  /// What the program prints, line by line.
  static func read(_ archive: String) throws -> [String] {
    let (status, output) = try run([try #require(python), "-c", program], archive)
    try #require(status == 0)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func run(_ arguments: [String], _ input: String) throws -> (status: Int32, output: Data) {
    let process = Process()
    let (source, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = source
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Less than a pipe holds.
    try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try source.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }
}
