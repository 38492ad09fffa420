import Foundation
import Testing

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
}
