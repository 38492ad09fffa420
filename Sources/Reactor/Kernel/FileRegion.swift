// A stretch of an open file on its way to a socket.

package import SystemPackage

/// Bytes `offset ..< offset + remaining` of a file this value holds open. Confined to the reactor that sends it.
package final class FileRegion {
  private let file: OwnedDescriptor
  private var offset: Int64
  /// Bytes not sent yet.
  package private(set) var remaining: Int64

  package init(file: consuming OwnedDescriptor, offset: Int64, count: Int64) {
    precondition(offset >= 0 && count >= 0)
    self.file = file
    self.offset = offset
    remaining = count
  }

  /// Takes the next octets, `count` at most and at least one, into memory (pread(2)): while `remaining` is more than
  /// zero. Throws EIO where the file is shorter than it was.
  package func read(atMost count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(min(remaining, Int64(count))))
    let start = offset
    let descriptor = file.rawValue
    var span = bytes.mutableSpan
    var octets = span.mutableBytes
    let read = try octets.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int in
      try Syscalls.read(descriptor, at: start, into: buffer)
    }
    guard read > 0 else { throw .ioError }
    bytes.removeLast(bytes.count - read)
    offset += Int64(read)
    remaining -= Int64(read)
    return bytes
  }

  /// What one call of `send` did.
  package enum Progress: Equatable {
    case finished
    /// The turn's share is sent; there is more.
    case partial
    /// Nothing more goes now: wait until the socket takes more.
    case blocked
    /// The file is shorter than it was: what was promised cannot be sent.
    case truncated
  }

  /// Sends up to `share` bytes with sendfile(2).
  package func send(to socket: Int32, share: Int) throws(Errno) -> Progress {
    var left = share
    while remaining > 0 {
      guard left > 0 else { return .partial }
      let count = Int(min(remaining, Int64(left)))
      guard let sent = try Syscalls.sendFile(socket, file: file.rawValue, offset: &offset, count: count) else { return .blocked }
      guard sent > 0 else { return .truncated }
      remaining -= Int64(sent)
      left -= sent
      // The socket is full, or the file has ended. Which of both, the next call says when there is room: one now would,
      // as a rule, read a part of the file for nothing.
      if sent < count { return .blocked }
    }
    return .finished
  }
}
