// Folders inside a target are no walls, so this holds the arrows between them: what decides and answers knows nothing of the configuration that
// it was made from, nor of YAML, and matching knows nothing of what answers.

import Foundation
import Testing

@Suite struct RoomsTests {
  private static let target = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/HTTPRoutes")

  /// The files of a room, without comments and texts.
  private static func code(of room: String) throws -> [(file: String, code: String)] {
    let folder = target.appending(path: room)
    let files = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }.filter {
      $0.hasSuffix(".swift")
    }
    try #require(!files.isEmpty, "\(room) has no files")
    return try files.sorted().map { file in
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      return ("\(room)/\(file)", text.replacing(/\/\/.*/, with: "").replacing(/"(\\.|[^"\\\n])*"/, with: ""))
    }
  }

  /// The types that a room declares: those at the top of its files, or those within others too.
  private static func types(of room: String, nested: Bool = false) throws -> Set<Substring> {
    let declaration = /(?m)^( *)(?:[a-z]+ )*(?:struct|class|enum|protocol|typealias) (\w+)/
    return Set(try code(of: room).flatMap { $0.code.matches(of: declaration).filter { nested || $0.1.isEmpty }.map(\.2) })
  }

  @Test(
    arguments: [
      ("Matching", "Configuration"), ("Matching", "Responders"), ("Matching", "Templates"), ("Templates", "Configuration"),
      ("Templates", "Responders"), ("Request", "Configuration"), ("Responders", "Configuration"),
      ("State", "Configuration"), ("State", "Responders"),
    ])
  func `a room names no type of a room above it`(_ room: String, _ above: String) throws {
    let unknown = try Self.types(of: above).subtracting(Self.types(of: room, nested: true))
    try #require(unknown.count > 1)
    for (file, code) in try Self.code(of: room) {
      // What stands behind a dot is a member of what stands before it.
      let words = Set(code.replacing(/\.\w+/, with: "").matches(of: /\w+/).map(\.0))
      #expect(words.intersection(unknown).isEmpty, "\(file)")
    }
  }

  @Test(arguments: ["Matching", "Templates", "Request", "Responders", "Explaining"])
  func `no room but the configuration reads YAML`(_ room: String) throws {
    for (file, code) in try Self.code(of: room) { #expect(!code.contains("import YAMLDocument"), "\(file)") }
  }
}
