import HTTPCore
import Testing

@Suite struct MediaTypeTests {
  @Test(arguments: [
    ("index.html", "text/html; charset=utf-8"), ("app.js", "text/javascript; charset=utf-8"), ("app.mjs", "text/javascript; charset=utf-8"),
    ("a.css", "text/css; charset=utf-8"), ("a.json", "application/json"), ("a.wasm", "application/wasm"), ("a.svg", "image/svg+xml"),
    ("a.woff2", "font/woff2"), ("a.mp4", "video/mp4"), ("a.webm", "video/webm"), ("a.avif", "image/avif"), ("a.pdf", "application/pdf"),
    ("a.xml", "application/xml"), ("a.js.map", "application/json"), ("a.txt", "text/plain; charset=utf-8"),
    ("a.md", "text/markdown; charset=utf-8"), ("a.csv", "text/csv; charset=utf-8"), ("a.yaml", "application/yaml"),
    ("favicon.ico", "image/vnd.microsoft.icon"), ("PHOTO.JPG", "image/jpeg"), ("/srv/a.b/c.png", "image/png"),
    ("a.tar.gz", "application/gzip"),
  ]) func `a file is known by its last extension`(_ name: String, _ type: String) {
    #expect(MediaType.forFileName(name) == type)
  }

  @Test(arguments: ["README", "", ".html", "/srv/a.html/b", "a.", "a.unknown", "..", "/srv/.profile"])
  func `a file without a known extension has no type`(_ name: String) {
    #expect(MediaType.forFileName(name) == nil)
  }

  @Test func `extensions are found in any case`() {
    #expect(MediaType.forExtension("HTML") == MediaType.forExtension("html"))
    #expect(MediaType.forExtension("") == nil)
    #expect(MediaType.fileExtension(of: "a/b.Tar.GZ") == "GZ")
  }

  @Test func `a mime types file maps extensions to types`() {
    let text = """
      # comment
      text/html\t\t\thtml htm   # more
      application/x-none
      nonsense here
      also/non/sense x
      application/vnd.example+json EXAMPLE\r
      text/plain html txt
      /broken y
      """
    #expect(
      MediaType.parseMimeTypes(text)
        == ["html": "text/html", "htm": "text/html", "example": "application/vnd.example+json", "txt": "text/plain"])
    #expect(MediaType.parseMimeTypes("").isEmpty)
  }
}
