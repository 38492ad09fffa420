// The secret of a store: what clients prove themselves with tells recordings apart by a digest that is worth nothing
// without it.
//
// SHA-256 alone would let anyone who reads a store try passwords against it. HMAC (RFC 2104) with 32 random octets,
// which lie in a file of the store that its owner alone can read, does not. A store that is copied with its secret
// replays; without it, what was one client's belongs to none.

import Glibc
import HTTPCore
import Reactor
import Synchronization
import SystemPackage

/// The secret of one store, read once. From any thread.
package final class RecordingSecret: Sendable {
  /// What the digests begin with, in keys.
  static let prefix = "hmac-sha256:"
  private static let size = 32

  private let octets = Mutex<[UInt8]?>(nil)

  /// The secret, if the store has one. Reads one small file until it is known.
  package func known(in root: String) -> [UInt8]? {
    if let known = octets.withLock({ $0 }) { return known }
    guard let root = try? Syscalls.openDirectory(root), let read = Self.read(root) else { return nil }
    return octets.withLock { octets in
      octets = octets ?? read
      return octets
    }
  }

  /// The secret, made where the store has none. Blocks. One that cannot be kept, for want of room or rights, ends with
  /// the process: nothing can be recorded there either.
  package func made(in path: String) -> [UInt8] {
    if let known = known(in: path) { return known }
    let fresh = (0..<Self.size).map { _ in UInt8.random(in: 0 ... .max) }
    let kept = try? Self.keep(fresh, path)
    return octets.withLock { octets in
      octets = octets ?? kept ?? fresh
      return octets!
    }
  }

  private static func read(_ root: borrowing OwnedDescriptor) -> [UInt8]? {
    guard let file = try? Syscalls.openBeneath(root.rawValue, RecordingNames.secretName, flags: O_RDONLY | O_NONBLOCK),
      (try? Syscalls.status(file.rawValue))?.kind == .regular, let octets = try? Syscalls.readAll(file.rawValue, limit: 4096),
      octets.count >= size
    else { return nil }
    return octets
  }

  /// Under the store's lock one process makes it, and the others find it.
  private static func keep(_ fresh: [UInt8], _ path: String) throws(Errno) -> [UInt8] {
    try RecordingDirectories.makePath(path)
    let root = try Syscalls.openDirectory(path)
    let lock = try RecordingWriter.lock(root)
    defer { extendLifetime(lock) }
    if let present = read(root) { return present }
    let temporary = try RecordingWriter.makeTemporary(in: root, mode: 0o600)
    try fresh.span.bytes.withUnsafeBytes { (buffer) throws(Errno) in try Syscalls.writeAll(temporary.file.rawValue, at: 0, buffer) }
    try Syscalls.sync(temporary.file.rawValue)
    try Syscalls.rename(temporary.name, to: RecordingNames.secretName, at: root.rawValue)
    return fresh
  }
}

extension SHA256 {
  /// HMAC-SHA256 of RFC 2104, in lower-case hexadecimal.
  package static func hexAuthentication(of bytes: [UInt8], secret: [UInt8]) -> String {
    var key = secret
    if key.count > 64 { key = octets(ofHex: hexDigest(of: key)) }
    key += [UInt8](repeating: 0, count: 64 - key.count)
    let inner = octets(ofHex: hexDigest(of: key.map { $0 ^ 0x36 } + bytes))
    return hexDigest(of: key.map { $0 ^ 0x5c } + inner)
  }

  private static func octets(ofHex hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      (Octet.hexValue(digits[$0]) ?? 0) << 4 | (Octet.hexValue(digits[$0 + 1]) ?? 0)
    }
  }
}
