// What lies in a store, for `asynchttpd recordings`, outside a request. It takes the store as any
// other process would, without a daemon and beside one.

import Glibc
import Reactor
import SystemPackage

/// One exchange of a store, or a body that was put there by hand.
package struct StoredExchange: Sendable {
  /// Whether head and body belong together.
  package enum Agreement: Equatable, Sendable {
    case whole
    /// The body is not the one that was recorded, and is served as it is now. The sentence names the file.
    case edited(String)
    /// Nothing can be served. The sentence names the file.
    case damaged(String)
  }

  /// The directory of the store.
  package let root: String
  /// Relative to the store; nil for a body that was put there by hand.
  package let headPath: String?
  /// Relative to the store; nil for a response without content, and where a head that cannot be read does not say.
  package fileprivate(set) var bodyPath: String?
  /// As the head file spells it, or as the name says where there is none.
  package fileprivate(set) var key: [String]
  /// The request line that was recorded.
  package fileprivate(set) var request: String?
  /// Nil where the head cannot be read.
  package fileprivate(set) var status: Int?
  /// Bytes of the body.
  package fileprivate(set) var size: Int64 = 0
  /// Seconds since 1970.
  package let recordedAt: Int64
  /// Whether the store recorded it: neither a head written by hand, nor a body that was put there by hand.
  package fileprivate(set) var isRecording: Bool
  /// Why it can be seen without reading the body that nothing can be served.
  package fileprivate(set) var damage: String?
  /// The head as it was found, so that only that is removed.
  fileprivate let headStatus: FileStatus?
}

/// What lies in a store, read and removed without a daemon or beside one. Everything here blocks.
package enum RecordingInventory {
  /// Every exchange, by path. A store that is not there yet has none.
  package static func exchanges(in root: String) throws(RecordingFault) -> [StoredExchange] {
    guard let reader = try RecordingFault.naming(in: root, { () throws(RecordingFault) in try openReader(root) }) else {
      return []
    }
    var exchanges: [StoredExchange] = []
    var directories = ["."]
    while let path = directories.popLast() {
      let entries: [(name: String, isDirectory: Bool)]
      do throws(Errno) {
        entries = try Syscalls.entries(of: try Syscalls.openDirectory(path, beneath: reader.root.rawValue))
      } catch {
        throw RecordingFault("\(root)/\(path)", error)
      }
      let prefix = path == "." ? "" : path + "/"
      directories += entries.filter(\.isDirectory).map { prefix + $0.name }
      let files = entries.filter { !$0.isDirectory && !$0.name.hasPrefix(RecordingNames.hiddenPrefix) }.map { prefix + $0.name }
      exchanges += self.exchanges(files, root, reader)
    }
    return exchanges.sorted { ($0.headPath ?? $0.bodyPath ?? "") < ($1.headPath ?? $1.bodyPath ?? "") }
  }

  /// Nil where there is no such directory.
  private static func openReader(_ root: String) throws(RecordingFault) -> RecordingReader? {
    do throws(RecordingFault) {
      return RecordingReader(root: try RecordingReader.openRoot(root))
    } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// The exchanges of one directory's files.
  private static func exchanges(_ files: [String], _ root: String, _ reader: borrowing RecordingReader) -> [StoredExchange] {
    let heads = files.filter { RecordingNames.isHead($0) }.compactMap { exchange($0, root, reader) }
    var claimed = Set(heads.compactMap(\.bodyPath))
    var exchanges = heads
    for index in exchanges.indices where exchanges[index].damage != nil && exchanges[index].bodyPath == nil {
      let body = files.first { !claimed.contains($0) && isNamed(after: exchanges[index].headPath ?? "", $0) }
      exchanges[index].bodyPath = body
      if let body { claimed.insert(body) }
    }
    for file in files where !claimed.contains(file) && RecordingNames.isPlain(file) {
      guard let status = reader.status(file), status.kind == .regular else { continue }
      exchanges.append(
        StoredExchange(
          root: root, headPath: nil, bodyPath: file, key: ["GET /\(file)"], status: 200, size: status.size,
          recordedAt: status.modificationSeconds, isRecording: false, headStatus: nil))
    }
    return exchanges
  }

  /// What a head file says; nil when it has gone meanwhile.
  private static func exchange(_ path: String, _ root: String, _ reader: borrowing RecordingReader) -> StoredExchange? {
    guard let status = reader.status(path) else { return nil }
    var exchange = StoredExchange(
      root: root, headPath: path, key: [String(path.dropLast(RecordingNames.headSuffix.count))],
      recordedAt: status.modificationSeconds, isRecording: false, headStatus: status)
    do throws(RecordingFault) {
      guard let found = try reader.head(path) else { return nil }
      let head = found.head
      exchange = StoredExchange(
        root: root, headPath: path, key: head.key ?? exchange.key, request: head.request, status: head.status,
        recordedAt: head.recordedAt ?? found.status.modificationSeconds, isRecording: head.key != nil, headStatus: found.status)
      if (try? reader.isFormerBody(RecordingPlace(path))) == true { return nil }
      guard let body = head.body else { return exchange }
      let bodyPath = RecordingPlace(path).path(body.file)
      exchange.bodyPath = bodyPath
      if let status = reader.status(bodyPath), status.kind == .regular {
        exchange.size = status.size
      } else {
        exchange.damage = "\(root)/\(path): its body, \(body.file), is not there"
      }
    } catch {
      exchange.damage = "\(root)/\(error.description)"
    }
    return exchange
  }

  private static func lastComponent(_ path: String) -> Substring {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
  }

  /// Whether a file has a name that the body of this head could have.
  private static func isNamed(after headPath: String, _ file: String) -> Bool {
    let (head, body) = (RecordingPlace(headPath), lastComponent(file))
    return file == head.path(String(body)) && RecordingNames.canBeBody(String(body), of: head.stem, isFormer: true)
  }

  // MARK: Verifying

  /// Whether head and body agree, by size and SHA-256. Reads the whole body.
  package static func verify(_ exchange: StoredExchange) -> Agreement {
    let first = compare(exchange)
    if first == .whole { return first }
    // A daemon may be publishing it: under the store's lock none is. A store that cannot be written has no
    // publishers.
    guard let root = try? Syscalls.openDirectory(exchange.root), let lock = try? RecordingWriter.lock(root) else { return first }
    defer { extendLifetime(lock) }
    return compare(exchange)
  }

  /// `StoredExchange.Agreement`.
  package typealias Agreement = StoredExchange.Agreement

  private static func compare(_ exchange: StoredExchange) -> Agreement {
    guard let headPath = exchange.headPath else { return .whole }
    do throws(RecordingFault) {
      guard let reader = try openReader(exchange.root), let found = try reader.head(headPath) else { return .whole }
      guard let recorded = found.head.body else { return .whole }
      let path = RecordingPlace(headPath).path(recorded.file)
      guard let body = try reader.body(path) else {
        return .damaged("\(exchange.root)/\(headPath): its body, \(recorded.file), is not there")
      }
      if let size = recorded.size, size != body.status.size {
        return .edited("\(exchange.root)/\(path): \(body.status.size) bytes, the head file says \(size)")
      }
      if let digest = recorded.digest, let file = body.file?.rawValue {
        guard let actual = RecordingDigest.ofFile(file) else { return .damaged("\(exchange.root)/\(path): cannot be read") }
        if actual != digest { return .edited("\(exchange.root)/\(path): its SHA-256 is not the one in the head file") }
      }
      return .whole
    } catch {
      return .damaged(RecordingFault(error, in: exchange.root).description)
    }
  }

  // MARK: Removing

  /// The text of a head file as it stands.
  package static func headText(_ exchange: StoredExchange) -> String? {
    guard let headPath = exchange.headPath, let root = try? Syscalls.openDirectory(exchange.root),
      let file = try? Syscalls.openBeneath(root.rawValue, headPath, flags: O_RDONLY | O_NONBLOCK),
      let bytes = try? Syscalls.readAll(file.rawValue, limit: RecordingHead.maxFileSize)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Removes temporaries and half-published exchanges that dead writers have left.
  package static func sweep(_ root: String) { RecordingStore(root: root).sweep() }

  /// Whether other recordings are found through this one: those of its URL that vary from it.
  private static func hasVariants(_ exchange: StoredExchange, _ root: borrowing OwnedDescriptor) -> Bool {
    guard let headPath = exchange.headPath, RecordedKey(exchange.key)?.vary.isEmpty == false else { return false }
    let place = RecordingPlace(headPath)
    guard let directory = try? Syscalls.openDirectory("./\(place.directory)", beneath: root.rawValue),
      let entries = try? Syscalls.entries(of: directory)
    else { return false }
    return entries.contains { $0.name.hasPrefix("\(place.stem)~") && RecordingNames.isHead($0.name) }
  }

  /// Removes head and body, unless the exchange has been recorded anew since, or others are found through it. A client
  /// that is reading the body keeps what it opened. True when they are gone.
  package static func remove(_ exchange: StoredExchange) throws(RecordingFault) -> Bool {
    guard let headPath = exchange.headPath else { return false }
    do throws(Errno) {
      let root = try Syscalls.openDirectory(exchange.root)
      let lock = try RecordingWriter.lock(root)
      defer { extendLifetime(lock) }
      guard let status = try? Syscalls.status(headPath, at: root.rawValue), status == exchange.headStatus else { return false }
      let reader = RecordingReader(root: try Syscalls.openDirectory(".", beneath: root.rawValue))
      let place = RecordingPlace(headPath)
      if hasVariants(exchange, root) { return false }
      var body = exchange.bodyPath
      if let path = body, let isShared = try? reader.isOwned(path, except: place.stem), isShared { body = nil }
      try remove(head: headPath, body: body, root)
      return true
    } catch {
      throw RecordingFault("\(exchange.root)/\(headPath)", error)
    }
  }

  /// Removes the two under the store's lock. The body first: a head without its body is a miss, a body without its head
  /// would be served as a plain file. Directories that are empty then go too: answers their bytes.
  @discardableResult
  static func remove(head: String, body: String?, _ root: borrowing OwnedDescriptor) throws(Errno) -> Int64 {
    for path in [body, head] {
      guard let path else { continue }
      do throws(Errno) { try Syscalls.unlink(path, at: root.rawValue) } catch { if error != .noSuchFileOrDirectory { throw error } }
    }
    return RecordingDirectories.removeEmpty(above: head, root)
  }
}
