// A directory's names as a page for people, or as JSON for programs. Names come from the file system and may be any
// octets, so everything is escaped for where it stands: links octet by octet, so that each leads to its file; what is
// read, so that nothing of it moves a cursor, reorders text or ends a tag.

import HTTPCore
import JSONText

enum ListingText {
  /// The shape of nginx's `autoindex_format json`, which tools know, and a reference to each entry, relative to the
  /// directory.
  static func json(_ entries: DirectoryListing.Entries) -> [UInt8] {
    var body: [UInt8] = [UInt8(ascii: "[")]
    body.reserveCapacity(entries.shown.count * 160)
    for (position, entry) in entries.shown.enumerated() {
      body += (position == 0 ? "\n" : ",\n").utf8
      body += "{ \"name\":\"".utf8
      JSONString.appendEscaped(ObsText.escaped(ObsText.text(entry.name)), care: .showing, to: &body)
      body += "\", \"href\":\"".utf8
      appendReference(entry, to: &body)
      body += "\", \"type\":\"\(entry.isDirectory ? "directory" : "file")\", \"mtime\":\"\(HTTPDate.string(entry.modified))\"".utf8
      if !entry.isDirectory { body += ", \"size\":\(entry.size)".utf8 }
      body += " }".utf8
    }
    body += "\n]\n".utf8
    return body
  }

  /// A page up to its rows, which are the same whatever path led to the directory.
  ///
  /// - Parameters:
  ///   - path: of the request, decoded.
  ///   - isTop: there is nothing above the directory that the route serves.
  static func heading(path: [UInt8], isTop: Bool) -> [UInt8] {
    let heading = "Index of \(Markup.escaped(ShownOctets.text(path)))"
    let page = """
      <!DOCTYPE html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(heading)</title>
      <style>
      body { font-family: system-ui, sans-serif; margin: 2rem; }
      td, th { padding: 0.2rem 1.5rem 0.2rem 0; text-align: left; }
      td:nth-child(2) { text-align: right; }
      </style>
      <h1>\(heading)</h1>
      <table>
      <tr><th>Name</th><th>Size</th><th>Modified</th></tr>

      """
    return Array((page + (isTop ? "" : "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n")).utf8)
  }

  /// The rows of a page and what comes after them.
  static func rows(_ entries: DirectoryListing.Entries) -> [UInt8] {
    var page: [UInt8] = []
    page.reserveCapacity(entries.shown.count * 160)
    for entry in entries.shown {
      page += "<tr><td><a href=\"".utf8
      appendReference(entry, to: &page)
      page += "\">\(Markup.escaped(ShownOctets.text(entry.name)))\(entry.isDirectory ? "/" : "")</a></td>".utf8
      page += "<td>\(entry.isDirectory ? "" : readable(entry.size))</td><td>\(HTTPDate.string(entry.modified))</td></tr>\n".utf8
    }
    page += "</table>\n".utf8
    if let truncation = entries.truncation { page += "<p>\(truncation) names, those that the file system told first.</p>\n".utf8 }
    page += "</html>\n".utf8
    return page
  }

  /// A reference to an entry of the directory, everything but unreserved characters escaped (RFC 3986 section 2.3). The
  /// period keeps a colon in the name from making it a scheme's.
  private static func appendReference(_ entry: DirectoryListing.Entry, to output: inout [UInt8]) {
    output += "./".utf8
    for octet in entry.name {
      if ByteClass.unreserved.contains(octet) {
        output.append(octet)
      } else {
        output += Octet.escaped(octet)
      }
    }
    if entry.isDirectory { output.append(UInt8(ascii: "/")) }
  }

  /// `512`, `1.5 KiB`, `20.0 MiB`.
  static func readable(_ size: Int64) -> String {
    if size < 1024 { return String(size) }
    var unit: Int64 = 1024
    var name = 0
    while name < 4, size >= unit * 1024 {
      unit *= 1024
      name += 1
    }
    let tenths = size / unit * 10 + size % unit * 10 / unit
    return "\(tenths / 10).\(tenths % 10) \(["KiB", "MiB", "GiB", "TiB", "PiB"][name])"
  }
}
