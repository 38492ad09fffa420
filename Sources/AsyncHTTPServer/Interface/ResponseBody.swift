// The body of an answer.

import Glibc
import Reactor
public import SystemPackage

/// The body of an answer: bytes in memory, a file, or a stream.
public struct ResponseBody: Sendable {
  enum Storage: Sendable {
    case bytes([UInt8])
    case text(String)
    case file(FileSource)
    case stream(length: Int64?, @Sendable (ResponseWriter) async throws -> Void)
  }

  let storage: Storage

  /// Its bytes where they are in memory; nil for a file and for a stream.
  public var bytesInMemory: [UInt8]? {
    switch storage {
    case .bytes(let bytes): bytes
    case .text(let text): Array(text.utf8)
    case .file, .stream: nil
    }
  }

  /// Its text where it is in memory, octets that are not UTF-8 as U+FFFD; nil for a file and for a stream.
  public var textInMemory: String? { bytesInMemory.map { String(decoding: $0, as: UTF8.self) } }

  /// Its length where it is in memory; nil for what has yet to be read or made.
  var countInMemory: Int? {
    switch storage {
    case .bytes(let bytes): bytes.count
    case .text(let text): text.utf8.count
    case .file, .stream: nil
    }
  }

  /// Whether it is text, whose type the server can say.
  var isText: Bool { if case .text = storage { true } else { false } }

  /// Whether it is a file whose absence has an answer.
  var isConditionalFile: Bool { if case .file(let file) = storage { file.isConditional } else { false } }

  /// Appends what is in memory.
  func append(to output: inout [UInt8]) {
    switch storage {
    case .bytes(let bytes): output.append(contentsOf: bytes)
    case .text(var text): text.withUTF8 { output.append(contentsOf: $0) }
    case .file, .stream: break
    }
  }

  /// No bytes.
  public static let empty = ResponseBody(storage: .bytes([]))

  /// These bytes.
  public static func bytes(_ bytes: [UInt8]) -> ResponseBody { ResponseBody(storage: .bytes(bytes)) }

  /// This text in UTF-8.
  public static func text(_ text: String) -> ResponseBody { ResponseBody(storage: .text(text)) }

  /// A file, or the bytes `range` of it as far as the file has them, sent by sendfile(2). The file is opened when the
  /// answer is sent: what cannot be opened, or is no regular file, throws `ServerError.unreadableFile` from `respond`,
  /// and the handler may still answer something else.
  public static func file(_ path: FilePath, range: Range<Int64>? = nil) -> ResponseBody {
    ResponseBody(storage: .file(FileSource(path: path.string, range: range)))
  }

  /// What `write` writes; for HEAD it is not called. With a `length`, in bytes, the answer has a Content-Length;
  /// without, it is chunked. The answer ends when `write` returns; an error it throws resets the connection, so that
  /// no client takes half an answer for a whole one.
  public static func stream(length: Int64? = nil, _ write: @escaping @Sendable (ResponseWriter) async throws -> Void) -> ResponseBody {
    ResponseBody(storage: .stream(length: length, write))
  }
}

/// A file that is to be sent.
struct FileSource: Sendable {
  let path: String
  let range: Range<Int64>?
  /// Whether the request's conditions and ranges count.
  var isConditional = false

  /// Opens the stretch of the file that `choose` names, which lies within the file. Throws
  /// `ServerError.unreadableFile`.
  func open(_ choose: (FileStatus) -> Range<Int64>) throws(ServerError) -> FileRegion {
    do throws(Errno) {
      let descriptor = try Syscalls.open(path, flags: O_RDONLY | O_NONBLOCK)
      let status = try Syscalls.status(descriptor.rawValue)
      guard status.kind == .regular else { throw Errno.invalidArgument }
      let range = choose(status)
      return FileRegion(file: descriptor, offset: range.lowerBound, count: range.upperBound - range.lowerBound)
    } catch {
      throw .unreadableFile(path: path, error)
    }
  }
}
