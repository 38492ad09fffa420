/// `static`: the files below a directory, or one file.
package struct StaticFilesOptions: ResponderOptions {
  package enum Source: Equatable, Sendable {
    /// What `**` matched is looked for below this directory.
    case directory(String)
    /// Every path of the route is this file.
    case file(String)

    var path: String {
      switch self {
      case .directory(let path), .file(let path): path
      }
    }
  }

  /// A coding of a file that lies beside it, such as `app.js.br` beside `app.js`.
  package enum Precompression: String, CaseIterable, Sendable {
    case brotli = "br"
    case zstd
    case gzip

    /// What the name of the compressed file has more than the file's own.
    package var suffix: String {
      switch self {
      case .brotli: ".br"
      case .zstd: ".zst"
      case .gzip: ".gz"
      }
    }
  }

  /// What becomes of a path with a segment that begins with a period.
  package enum DotfilePolicy: String, CaseIterable, Sendable {
    /// 404, whether it exists or not, and never the fallback. What lies below `.well-known` at the top is served all
    /// the same: that is where RFC 8615 puts what is public.
    case deny
    case allow
  }

  package enum SymlinkPolicy: String, CaseIterable, Sendable {
    /// Followed as long as they do not lead out of the directory: relative or absolute, what counts is where the file
    /// lies.
    case withinRoot = "within_root"
    /// Followed wherever they lead, out of the directory too.
    case follow
    /// A path through a symbolic link is answered as if it did not exist.
    case deny
  }

  package static let kind = "static"

  package var source: Source
  /// Names tried in this order for a path that is a directory.
  package var index: [String] = ["index.html"]
  /// The path below the directory, with a leading slash, that answers GET where no file does, with 200. A path with the
  /// extension of an asset, such as `/gone.js`, is 404 all the same unless the client asks for HTML, as a browser does
  /// when it navigates.
  package var fallback: String?
  /// Whether a directory without an index is listed.
  package var listing = false
  /// Looked for beside each file, the client's preference permitting, in this order. One that is older than its file is
  /// not sent.
  package var precompressed: [Precompression] = []
  package var dotfiles = DotfilePolicy.deny
  package var symlinks = SymlinkPolicy.withinRoot
  /// Media types by extension, which is in lower case and without its period; they win over the built-in table and the
  /// machine's.
  package var contentTypes: [String: String] = [:]
  /// The value of Cache-Control, sent with files but not with errors.
  package var cacheControl: String?

  package init(source: Source) {
    self.source = source
  }

  package var defaultMethods: [String]? { ["GET"] }

  package func changes(from old: Self) -> [String] {
    let moved = Self.change("static", old.source.path, source.path)
    return moved.isEmpty && old != self ? ["static"] : moved
  }
}
