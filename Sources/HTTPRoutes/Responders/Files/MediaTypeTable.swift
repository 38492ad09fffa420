// Media types by file name: the built-in ones, and beyond them what the machine's own table has.

import HTTPCore

enum MediaTypeTable {
  /// Where Debian's and most others' table is.
  private static let systemPath = "/etc/mime.types"
  /// 1 MiB: the largest in the wild is a tenth of it.
  private static let maxSystemSize = 1 << 20

  /// Read once, when the first file of a type that is not built in is served.
  private static let system: [String: String] = {
    guard case .success(let bytes) = ConfiguredFiles.read(systemPath, limit: maxSystemSize) else { return [:] }
    return MediaType.parseMimeTypes(String(decoding: bytes, as: UTF8.self))
  }()

  /// The type of a file by the extension of its name. Text is taken for UTF-8; an unknown extension is bytes.
  static func type(ofFile name: String) -> String {
    if let type = MediaType.forFileName(name) { return type }
    guard let type = MediaType.fileExtension(of: name).flatMap({ system[FieldSyntax.lowercased($0)] }) else {
      return MediaType.octetStream
    }
    return type.hasPrefix("text/") ? type + "; charset=utf-8" : type
  }
}
