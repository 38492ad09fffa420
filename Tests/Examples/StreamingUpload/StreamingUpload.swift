// A streaming upload: a body of any size goes to a file piece by piece. Memory holds what the socket had and no more, because
// the client is read only as fast as the file is written.
//
//     swift run StreamingUpload [port] [directory]
//     curl --upload-file /usr/share/dict/words http://localhost:8080/

import AsyncHTTPServer
import Glibc
import SystemPackage

@main
struct StreamingUpload {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let directory = FilePath(arguments.dropFirst().first ?? "/tmp")

    var configuration = ServerConfiguration()
    configuration.maxBodySize = 1 << 30
    let server = AsyncHTTPServer(configuration: configuration)
    let address = try server.listen(port: arguments.first.flatMap { Int($0) } ?? 8080)
    print("listening on \(address)")

    try await server.serve { request in
      guard request.method == .put || request.method == .post else {
        return try await request.respond(.methodNotAllowed, "upload with PUT or POST\n", headers: [.allow: "PUT, POST"])
      }
      let upload = try Upload(in: directory)
      do {
        for try await piece in request.body { try upload.append(piece) }
      } catch {
        // The client went away, or sent what is no body. The error is the server's to answer; the torso is ours to remove.
        upload.discard()
        throw error
      }
      try upload.close()
      try await request.respond(.created, "\(upload.byteCount) bytes in \(upload.path)\n")
    }
  }
}

/// A file that grows. Used by one handler at a time.
///
/// A write goes to the page cache and so hardly blocks; to a disk that does, such as a network share, write from a task with an executor
/// of its own: a handler shares its thread with other connections.
final class Upload {
  let path: FilePath
  private(set) var byteCount = 0
  private let file: FileDescriptor

  init(in directory: FilePath) throws {
    path = directory.appending("upload-\(String(UInt64.random(in: 0 ... .max), radix: 36))")
    file = try FileDescriptor.open(path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
  }

  func append(_ piece: [UInt8]) throws { byteCount += try file.writeAll(piece) }

  func close() throws { try file.close() }

  func discard() {
    try? file.close()
    unlink(path.string)
  }
}
