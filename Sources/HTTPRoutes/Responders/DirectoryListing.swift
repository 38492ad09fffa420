// What a directory without an index shows, if its route lists: a page for people, or JSON for programs. Names come from the file system and may
// be anything, so everything is escaped for where it stands.

import AsyncHTTPServer
import Glibc
import HTTPCore
import Reactor
import SystemPackage

enum DirectoryListing {
  struct Entry: Equatable {
    let name: String
    let isDirectory: Bool
    /// Bytes; of a directory nothing that anybody wants to know.
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
  }

  /// 4,096 names: each costs a system call or two, and the thread serves nobody else meanwhile. A larger directory is shown in part, and the
  /// answer says so.
  static let maxEntries = 4096
  /// 65,536 names more are counted, for some ten milliseconds, and no more than that.
  private static let maxCounted = 65_536

  struct Entries: Equatable {
    var shown: [Entry] = []
    /// Names beyond those; whether they could be served was not looked at.
    var unseen = 0

    /// `4096 of 10000`; nil where all are shown.
    var truncation: String? {
      if unseen == 0 { return nil }
      return "\(shown.count) of \(unseen > maxCounted ? "more than " : "")\(shown.count + min(unseen, maxCounted))"
    }
  }

  // MARK: Reading

  /// The files and directories at the cache's path that the route would serve: directories first, then by name.
  static func read(_ cache: FileCache, _ service: FileService, showsHidden: Bool) throws(Errno) -> Entries {
    let directory = try service.open(cache.path, flags: Containment.readFlags | OpenFlags.directory)
    let stream = fdopendir(try Syscalls.open(".", at: directory.rawValue, flags: Containment.readFlags | OpenFlags.directory).release())
    guard let stream else { throw Errno(rawValue: errno) }
    defer { closedir(stream) }
    var entries = Entries()
    while let found = readdir(stream) {
      let bytes = withUnsafeBytes(of: &found.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      // What is no UTF-8 no path can name.
      guard let name = String(validating: bytes, as: UTF8.self), name != ".", name != ".." else { continue }
      if name.utf8.first == UInt8(ascii: "."), !showsHidden { continue }
      guard entries.shown.count < maxEntries else {
        entries.unseen += 1
        if entries.unseen > maxCounted { break }
        continue
      }
      guard let status = status(name, in: directory.rawValue, cache, service) else { continue }
      entries.shown.append(
        Entry(name: name, isDirectory: status.kind == .directory, size: status.size, modified: status.modificationSeconds))
    }
    entries.shown.sort {
      $0.isDirectory == $1.isDirectory ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.isDirectory
    }
    return entries
  }

  /// Nil for what is neither file nor directory, or may not be served.
  private static func status(_ name: String, in directory: Int32, _ cache: FileCache, _ service: FileService) -> FileStatus? {
    guard var status = try? Syscalls.status(name, at: directory, followLinks: false) else { return nil }
    if status.kind == .symbolicLink {
      let length = cache.path.count
      cache.path.append(name)
      defer { cache.path.truncate(to: length) }
      guard let target = try? service.open(cache.path, flags: OpenFlags.pathOnly), let followed = try? Syscalls.status(target.rawValue)
      else { return nil }
      status = followed
    }
    return status.kind == .regular || status.kind == .directory ? status : nil
  }

  // MARK: Answering

  static func answer(
    _ entries: Entries, title: String, isTop: Bool, accept: String?, context: ResponderContext
  ) -> Answer {
    let isJSON = prefersJSON(accept)
    var own = [
      ("Content-Type", isJSON ? "application/json" : "text/html; charset=utf-8"), ("Cache-Control", "no-cache"),
      ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ]
    if let truncation = entries.truncation { own.append(("X-Listing-Truncated", truncation)) }
    return .bytes(
      status: 200, fields: context.fields(own) + [("Vary", "Accept")],
      body: isJSON ? json(entries) : html(entries, title: title, isTop: isTop))
  }

  /// Whether the client names JSON and weighs it above HTML. A browser and curl get the page.
  private static func prefersJSON(_ accept: String?) -> Bool {
    let elements = FieldSyntax.weightedElements(accept ?? "")
    func weight(_ type: String) -> Int { elements.first { $0.value == type }?.weight ?? 0 }
    return weight("application/json") > weight("text/html")
  }

  /// The shape of nginx's `autoindex_format json`, which tools know.
  static func json(_ entries: Entries) -> [UInt8] {
    var body: [UInt8] = [UInt8(ascii: "[")]
    for (position, entry) in entries.shown.enumerated() {
      body += (position == 0 ? "\n" : ",\n").utf8
      body += "{ \"name\":\"".utf8
      JSONSpelling.appendEscaped(entry.name, to: &body)
      body += "\", \"type\":\"\(entry.isDirectory ? "directory" : "file")\", \"mtime\":\"\(HTTPDate.string(entry.modified))\"".utf8
      if !entry.isDirectory { body += ", \"size\":\(entry.size)".utf8 }
      body += " }".utf8
    }
    body += "\n]\n".utf8
    return body
  }

  static func html(_ entries: Entries, title: String, isTop: Bool) -> [UInt8] {
    let heading = "Index of \(escaped(title))"
    var page = """
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
    if !isTop { page += "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n" }
    for entry in entries.shown {
      let slash = entry.isDirectory ? "/" : ""
      // The period keeps a colon in the name from making the reference a scheme's.
      page += "<tr><td><a href=\"./\(escaped(reference(entry.name)))\(slash)\">\(escaped(entry.name))\(slash)</a></td>"
      page += "<td>\(entry.isDirectory ? "" : readable(entry.size))</td><td>\(HTTPDate.string(entry.modified))</td></tr>\n"
    }
    page += "</table>\n"
    if let truncation = entries.truncation { page += "<p>\(truncation) names, those that the file system told first.</p>\n" }
    page += "</html>\n"
    return Array(page.utf8)
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A name as one segment of a path, everything but unreserved characters escaped (RFC 3986 section 2.3).
  private static func reference(_ name: String) -> String {
    var result: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in name.utf8 {
      if ByteClass.unreserved.contains(byte) {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
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
