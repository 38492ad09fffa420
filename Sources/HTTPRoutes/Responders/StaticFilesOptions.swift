/// `static`: the files below a directory, or one file.
package struct StaticFilesOptions: ResponderOptions, Equatable {
  package enum Source: Equatable, Sendable {
    /// What `**` matched is looked for below this directory.
    case directory(String)
    /// Every path of the route is this file.
    case file(String)
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
    /// Answered as if it did not exist.
    case deny
    case allow
  }

  package enum SymlinkPolicy: String, CaseIterable, Sendable {
    /// Followed as long as they do not lead out of the directory.
    case withinRoot = "within_root"
    case follow
    /// A path through a symbolic link is answered as if it did not exist.
    case deny
  }

  package static let kind = "static"

  package var source: Source
  /// Names tried in this order for a path that is a directory.
  package var index: [String] = ["index.html"]
  /// The path below the directory, with a leading slash, that answers where no file does.
  package var fallback: String?
  /// Whether a directory without an index is listed.
  package var listing = false
  /// Looked for beside each file, the client's preference permitting, in this order.
  package var precompressed: [Precompression] = []
  package var dotfiles = DotfilePolicy.deny
  package var symlinks = SymlinkPolicy.withinRoot
  /// The value of Cache-Control, sent with files but not with errors.
  package var cacheControl: String?

  package init(source: Source) {
    self.source = source
  }

  package var defaultMethods: [String]? { ["GET"] }
}
