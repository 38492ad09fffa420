import Foundation
import HTTPCore
import Testing

@testable import HTTPRoutes

private let yaml = "routes:\n  - path: /f/**\n    static: {root: ROOT/public, listing: true}\n"

private func fill(_ files: Files) throws {
  try files.write("12345", to: "public/b.txt")
  try files.write([UInt8](repeating: 0, count: 1536), to: "public/a&<b>\"'.txt")
  try files.write("x", to: "public/größe 100%.txt")
  try files.write("x", to: "public/javascript:x")
  try files.write("x", to: "public/zdir/x")
  try files.write("x", to: "public/.hidden")
  try files.write("x", to: "public/with/index.html")
  for name in ["b.txt", "zdir", "with"] { try files.setModified("public/\(name)", 784_111_777) }
}

@Suite struct DirectoryListingTests {
  @Test func `a directory without an index is listed, directories first, everything escaped`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let reply = try await site.get("/f/")
      #expect(reply.status == 200)
      #expect(reply["Content-Type"] == "text/html; charset=utf-8")
      #expect(reply["Vary"] == "Accept")
      let page = reply.text
      let names = [
        "<a href=\"./with/\">with/</a>", "<a href=\"./zdir/\">zdir/</a>",
        "<a href=\"./a%26%3Cb%3E%22%27.txt\">a&amp;&lt;b&gt;&quot;&#39;.txt</a></td><td>1.5 KiB</td>",
        "<a href=\"./b.txt\">b.txt</a></td><td>5</td><td>Sun, 06 Nov 1994 08:49:37 GMT</td>",
        "<a href=\"./gr%C3%B6%C3%9Fe%20100%25.txt\">größe 100%.txt</a>", "<a href=\"./javascript%3Ax\">javascript:x</a>",
      ]
      let places = names.map { page.range(of: $0)?.lowerBound }
      for (name, place) in zip(names, places) { #expect(place != nil, "\(name)") }
      #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
      #expect(!page.contains(".hidden"))
      #expect(!page.contains("../"))
      #expect(!page.contains("<b>"))
      #expect(try await site.get("/f/zdir/").text.contains("<a href=\"../\">"))
    }
  }

  @Test func `every link of a listing leads to its file`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let links = try await site.get("/f/").text.matches(of: /href="\.\/([^"]*)"/).map { String($0.output.1) }
      #expect(links.count == 6)
      for link in links { #expect(try await site.get("/f/\(link)").status == 200, "\(link)") }
    }
  }

  @Test func `a client that prefers JSON gets JSON`() async throws {
    struct Listed: Decodable, Equatable {
      let name: String
      let type: String
      let mtime: String
      let size: Int?
    }
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      let reply = try await site.get("/f/", "Accept: application/json")
      #expect(reply["Content-Type"] == "application/json")
      let entries = try JSONDecoder().decode([Listed].self, from: Data(reply.body))
      #expect(entries.map(\.name) == ["with", "zdir", "a&<b>\"'.txt", "b.txt", "größe 100%.txt", "javascript:x"])
      #expect(entries[1].type == "directory" && entries[1].size == nil)
      #expect(entries[3] == Listed(name: "b.txt", type: "file", mtime: "Sun, 06 Nov 1994 08:49:37 GMT", size: 5))
      #expect(try await site.get("/f/", "Accept: text/html, application/json;q=0.9")["Content-Type"] == "text/html; charset=utf-8")
    }
  }

  @Test func `an index is shown rather than a listing, and a directory without its slash is redirected`() async throws {
    try await Site.with(yaml, prepare: fill) { (site, _) async throws in
      #expect(try await site.get("/f/with/").text == "x")
      #expect(try await site.get("/f/zdir")["Location"] == "./zdir/")
    }
  }

  @Test func `a directory as large as may be is listed whole`() async throws {
    try await Site.with(yaml) { files in
      for number in 0..<4_096 { try files.write("", to: "public/\(number)") }
      try files.write("", to: "public/.hidden")
    } _: { (site, _) async throws in
      for accept in ["Accept: text/html", "Accept: application/json"] {
        let reply = try await site.get("/f/", accept)
        #expect(reply["X-Listing-Truncated"] == nil)
        #expect(!reply.text.contains("names, those"))
      }
    }
  }

  @Test func `a very large directory is listed in part and says so`() async throws {
    try await Site.with(yaml) { files in
      for number in 0..<4_100 { try files.write("", to: "public/\(number)") }
    } _: { (site, _) async throws in
      let page = try await site.get("/f/")
      #expect(page.text.matches(of: /href="\.\//).count == 4_096)
      #expect(page.text.hasSuffix("<p>4096 of 4100 names, those that the file system told first.</p>\n</html>\n"))
      #expect(page["X-Listing-Truncated"] == "4096 of 4100")
      let json = try await site.get("/f/", "Accept: application/json")
      #expect(try (JSONSerialization.jsonObject(with: Data(json.body)) as? [Any])?.count == 4_096)
      #expect(json["X-Listing-Truncated"] == "4096 of 4100")
    }
  }

  // MARK: Names of any kind

  private static let names: [[UInt8]] = [
    [0xFF], [0xFE], [0x1B, 0x5B, 0x32, 0x4A], [0x0A], [0x7F], [0xC2, 0x9B], Array("\u{202E}gpj.exe".utf8), Array("\u{2028}".utf8),
    Array("\u{10FFFF}".utf8), Array("\u{FFFD}".utf8), [0x61, 0xE2, 0x82], Array("%1B".utf8), Array("%FF".utf8),
  ]

  private static func fillWithNames(_ files: Files) throws {
    for (number, name) in names.enumerated() { try files.write("file \(number)", to: name, in: "public") }
  }

  @Test func `a page has no character that is unsafe to show, and each of its links leads to its file`() async throws {
    try await Site.with(yaml, prepare: Self.fillWithNames) { (site, _) async throws in
      let page = try await site.get("/f/").text
      #expect(page.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isUnsafeToShow })
      #expect(page.contains("<a href=\"./%1B%5B2J\">%1B[2J</a>"))
      #expect(page.contains("<a href=\"./%FF\">%FF</a>"))
      #expect(page.contains("<a href=\"./%251B\">%1B</a>"))
      let links = page.matches(of: /href="\.\/([^"]*)"/).map { String($0.output.1) }
      #expect(Set(links).count == Self.names.count)
      var found: Set<String> = []
      for link in links { found.insert(try await site.get("/f/\(link)").text) }
      #expect(found.count == Self.names.count, "each is a file of its own")
    }
  }

  @Test func `JSON has a reference for each name, and escapes what is unsafe to show`() async throws {
    struct Listed: Decodable {
      let name: String
      let href: String
    }
    try await Site.with(yaml, prepare: Self.fillWithNames) { (site, _) async throws in
      let reply = try await site.get("/f/", "Accept: application/json")
      #expect(String(validating: reply.body, as: UTF8.self) != nil)
      #expect(reply.text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isUnsafeToShow })
      let entries = try JSONDecoder().decode([Listed].self, from: Data(reply.body))
      #expect(entries.contains { $0.name == "\u{1B}[2J" && $0.href == "./%1B%5B2J" })
      #expect(entries.contains { $0.name == "\u{202E}gpj.exe" })
      #expect(entries.contains { $0.name == "%FF" && $0.href == "./%FF" })
      var found: Set<String> = []
      for entry in entries { found.insert(try await site.get("/f/\(entry.href.dropFirst(2))").text) }
      #expect(found.count == Self.names.count)
    }
  }

  @Test func `the heading shows the path without what is unsafe`() async throws {
    try await Site.with(yaml) { files in
      try files.write("x", to: [0x78], in: "public/\u{1B}[2J\u{202E}<b>")
    } _: { (site, _) async throws in
      let page = try await site.get("/f/%1B%5B2J%E2%80%AE%3Cb%3E/").text
      #expect(page.contains("<h1>Index of /f/%1B[2J%E2%80%AE&lt;b&gt;/</h1>"))
    }
  }

  // MARK: Large directories

  private static let manyNames = 10_000

  private static func fillWithMany(_ files: Files) throws {
    try files.makeDirectory("public/many")
    for number in 0..<manyNames { try files.write("", to: "public/many/name-\(number)") }
    try files.write("ok", to: "public/small.txt")
    try files.write("x", to: "public/few/x")
  }

  @Test func `who lists a large directory holds up nobody else`() async throws {
    try await Site.with(yaml, prepare: Self.fillWithMany) { (site, files) async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<24 {
          group.addTask {
            let reply = try await site.get("/f/many/", number % 2 == 0 ? "Accept: text/html" : "Accept: application/json")
            #expect(reply.status == 200)
            #expect(reply["X-Listing-Truncated"] == "4096 of \(Self.manyNames)")
          }
          group.addTask {
            let (small, few) = (try await site.get("/f/small.txt"), try await site.get("/f/few/"))
            #expect(small.text == "ok")
            #expect(few.text.contains("./x"))
          }
        }
        try await group.waitForAll()
      }
      #expect(ListingReads.shared.keptBytes <= ListingReads.maxKeptBytes)
    }
  }

  @Test func `what is made, removed or renamed shows in the next listing, however large the directory is`() async throws {
    try await Site.with(yaml) { files in
      for number in 0..<600 { try files.write("", to: "public/name-\(number)") }
    } _: { (site, files) async throws in
      for round in 0..<20 {
        _ = try await site.get("/f/")
        try files.write("", to: "public/new-\(round)")
        #expect(try await site.get("/f/").text.contains("./new-\(round)\""))
        try files.rename("public/new-\(round)", to: "public/other-\(round)")
        let renamed = try await site.get("/f/").text
        #expect(renamed.contains("./other-\(round)\"") && !renamed.contains("./new-\(round)\""))
        try files.remove("public/other-\(round)")
        #expect(try await !site.get("/f/").text.contains("./other-\(round)\""))
      }
    }
  }

  @Test func `a size shows at once in a small directory and within a second or so in a large one`() async throws {
    try await Site.with(yaml) { files in
      for number in 0..<600 { try files.write("", to: "public/large/name-\(number)") }
      try files.write("", to: "public/small/name-7")
    } _: { (site, files) async throws in
      _ = try await (site.get("/f/large/"), site.get("/f/small/"))
      try files.write("12345", to: "public/small/name-7")
      try files.write("12345", to: "public/large/name-7")
      #expect(try await site.get("/f/small/").text.contains("./name-7\">name-7</a></td><td>5<"))
      _ = try await eventually { try await site.get("/f/large/").text.contains("./name-7\">name-7</a></td><td>5<") ? true : nil }
    }
  }

  @Test func `HEAD has the length of GET, and a directory that is gone is 404`() async throws {
    try await Site.with(yaml, prepare: Self.fillWithMany) { (site, files) async throws in
      let whole = try await site.get("/f/many/")
      let head = try await site.get("/f/many/", method: "HEAD")
      #expect(head.status == 200)
      #expect(head["Content-Length"] == whole["Content-Length"])
      try files.rename("public/many", to: "gone")
      #expect(try await site.get("/f/many/").status == 404)
    }
  }

  @Test func `a link out of the root in place of a large directory is not listed, kept or not`() async throws {
    try await Site.with(yaml) { files in
      for number in 0..<600 { try files.write("", to: "public/dir/name-\(number)") }
    } _: { (site, files) async throws in
      #expect(try await site.get("/f/dir/").status == 200)
      try files.rename("public/dir", to: "secret")
      try files.link("public/dir", to: "../secret")
      #expect(try await site.get("/f/dir/").status == 404)
    }
  }
}
