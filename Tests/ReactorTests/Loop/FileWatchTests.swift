// Files that are watched, on a real file system. A test makes all changes of a burst within one turn of the loop, so that
// none of them is seen before the last.

import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Reactor

/// A directory, a reactor, and a watch on it that counts changes.
private final class Watched: Sendable {
  let directory: String
  let reactor: Reactor
  private let watch = Mutex<FileWatch?>(nil)
  private let changes = Monitor(0)

  init() throws {
    var template = Array("/tmp/asynchttpd-watch.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    reactor = try Reactor(name: "watch")
    reactor.start()
  }

  /// Watches names in the directory. Files that were made before are not a change.
  @discardableResult
  func watch(_ names: [String]) async -> FileWatch.Coverage {
    await reactor.run { [self] in
      let watch = watch.withLock { watch in
        // A test has descriptors to spare.
        watch = watch ?? (try? FileWatch(on: reactor) { [weak self] in self?.changes.update { $0 += 1 } })
        return watch
      }
      return watch?.watch(names.map { "\(directory)/\($0)" }, since: .max) ?? FileWatch.Coverage()
    }
  }

  /// Runs `body` in one turn and waits until as many changes were told in all.
  func change(_ expected: Int, _ body: @escaping @Sendable (Watched) -> Void) async -> Bool {
    await reactor.run { body(self) }
    return await BackgroundThread.run { self.changes.wait(until: .monotonic(after: 30_000)) { $0 >= expected ? true : nil } ?? false }
  }

  var count: Int { changes.update { $0 } }

  func end() async {
    await reactor.run { [self] in
      watch.withLock { watch in
        watch?.cancel()
        watch = nil
      }
    }
    reactor.stop()
    system("rm -rf '\(directory)'")
  }

  func write(_ name: String, _ text: String = "x") {
    guard let file = fopen("\(directory)/\(name)", "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  func make(_ name: String) { mkdir("\(directory)/\(name)", 0o755) }

  func move(_ old: String, _ new: String) { rename("\(directory)/\(old)", "\(directory)/\(new)") }

  func link(_ name: String, to target: String) {
    unlink("\(directory)/\(name).new")
    symlink(target, "\(directory)/\(name).new")
    move("\(name).new", name)
  }

  func remove(_ name: String) { system("rm -rf '\(directory)/\(name)'") }
}

@Suite(.serialized) struct FileWatchTests {
  @Test func `a burst of saves is one change, and other files are none`() async throws {
    let watched = try Watched()
    watched.write("a.yaml")
    #expect(await watched.watch(["a.yaml"]) == FileWatch.Coverage(directories: 3, files: 1))
    let isTold = await watched.change(1) { watched in
      for number in 0..<50 {
        watched.write("other-\(number)")
        watched.write("a.yaml", "\(number)")
        watched.write("a.yaml.tmp")
        watched.move("a.yaml.tmp", "a.yaml")
      }
    }
    #expect(isTold)
    // What is of no concern comes before what is, so that one more change is all there is to hear of.
    #expect(
      await watched.change(2) {
        $0.write("b"); $0.remove("b"); $0.write("a.yaml")
      })
    #expect(watched.count == 2)
    await watched.end()
  }

  @Test func `a file that comes, goes, and changes its permissions is a change`() async throws {
    let watched = try Watched()
    await watched.watch(["late.json"])
    #expect(await watched.change(1) { $0.write("late.json") })
    #expect(await watched.change(2) { chmod("\($0.directory)/late.json", 0) })
    #expect(await watched.change(3) { $0.remove("late.json") })
    await watched.end()
  }

  @Test func `a directory that is swapped by a symbolic link, as Kubernetes does, is a change`() async throws {
    let watched = try Watched()
    for version in ["..1", "..2"] {
      watched.make(version)
      watched.write("\(version)/site.yaml", version)
    }
    watched.link("..data", to: "..1")
    watched.link("site.yaml", to: "..data/site.yaml")
    let coverage = await watched.watch(["site.yaml"])
    #expect(coverage.files == 1)
    #expect(await watched.change(1) { $0.link("..data", to: "..2") })
    // Watched anew, it is the new directory that counts.
    await watched.watch(["site.yaml"])
    #expect(
      await watched.change(2) {
        $0.remove("..1"); $0.write("..2/site.yaml", "edited")
      })
    #expect(watched.count == 2)
    await watched.end()
  }

  @Test func `a directory that vanishes and comes back is a change, and so is its new file`() async throws {
    let watched = try Watched()
    watched.make("conf")
    watched.write("conf/a.yaml")
    await watched.watch(["conf/a.yaml"])
    #expect(await watched.change(1) { $0.remove("conf") })
    await watched.watch(["conf/a.yaml"])
    #expect(await watched.change(2) { $0.make("conf") })
    await watched.watch(["conf/a.yaml"])
    #expect(await watched.change(3) { $0.write("conf/a.yaml") })
    await watched.watch(["conf/a.yaml"])
    #expect(
      await watched.change(4) {
        $0.move("conf", "old"); $0.make("conf")
      })
    await watched.end()
  }

  @Test func `patterns tell of new files and directories that match`() async throws {
    let watched = try Watched()
    watched.make("conf.d")
    watched.write("conf.d/10.yaml")
    let coverage = await watched.watch(["conf.d/*.yaml", "sites/*/routes.yaml"])
    #expect(coverage.files == 1)
    #expect(
      await watched.change(1) {
        $0.write("conf.d/.20.yaml.swp"); $0.write("conf.d/20.yaml")
      })
    #expect(await watched.change(2) { $0.make("sites") })
    await watched.watch(["conf.d/*.yaml", "sites/*/routes.yaml"])
    #expect(await watched.change(3) { $0.make("sites/shop") })
    await watched.watch(["conf.d/*.yaml", "sites/*/routes.yaml"])
    #expect(
      await watched.change(4) {
        $0.write("sites/shop/notes"); $0.write("sites/shop/routes.yaml")
      })
    #expect(watched.count == 4)
    await watched.end()
  }

  @Test func `links in a circle and paths that go up come to an end`() async throws {
    let watched = try Watched()
    watched.link("a", to: "b")
    watched.link("b", to: "a")
    watched.make("deep")
    watched.write("up.yaml")
    let coverage = await watched.watch(["a/x.yaml", "deep/../up.yaml", "deep/./../deep/../up.yaml"])
    #expect(coverage.files == 2)
    #expect(coverage.problem == nil)
    #expect(await watched.change(1) { $0.write("up.yaml") })
    await watched.end()
  }

  @Test func `a change between loading and watching is not missed`() async throws {
    let watched = try Watched()
    watched.write("a.yaml")
    let changes = Monitor(0)
    let watch = await watched.reactor.run { () -> FileWatch? in
      let watch = try? FileWatch(on: watched.reactor) { changes.update { $0 += 1 } }
      _ = watch?.watch(["\(watched.directory)/a.yaml"], since: 0)
      return watch
    }
    let isHeard = await BackgroundThread.run { changes.wait(until: .monotonic(after: 30_000)) { $0 == 1 ? true : nil } ?? false }
    #expect(isHeard)
    await watched.reactor.run { watch?.cancel() }
    await watched.end()
  }

  @Test func `more events than the kernel keeps are a change`() async throws {
    let limit = Self.number(in: "/proc/sys/fs/inotify/max_queued_events")
    guard limit <= 20_000 else { return }
    let watched = try Watched()
    watched.write("a.yaml")
    await watched.watch(["a.yaml"])
    let isTold = await watched.change(1) { watched in
      // Two events each, none of them of a name that is watched.
      for number in 0..<(limit / 2 + 100) { watched.write("o\(number)") }
    }
    #expect(isTold)
    await watched.end()
  }

  @Test func `the descriptor is closed with the watch`() async throws {
    let watched = try Watched()
    await watched.watch(["a.yaml"])
    #expect(Self.inotifyDescriptors >= 1)
    let before = Self.inotifyDescriptors
    await watched.end()
    #expect(Self.inotifyDescriptors < before)
  }

  private static func number(in path: String) -> Int {
    guard let file = fopen(path, "r") else { return .max }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return .max }
    return Int(atol(line))
  }

  private static var inotifyDescriptors: Int {
    (0..<1024).count { descriptor in
      (try? Syscalls.linkTarget("/proc/self/fd/\(descriptor)")) == "anon_inode:inotify"
    }
  }

  @Test func `events of the kernel are read one by one`() {
    func event(_ watch: Int32, _ mask: UInt32, _ name: String, padding: Int = 0) -> [UInt8] {
      let text = Array(name.utf8) + [UInt8](repeating: 0, count: padding)
      var bytes: [UInt8] = []
      for word in [UInt32(bitPattern: watch), mask, 0, UInt32(text.count)] { withUnsafeBytes(of: word) { bytes += $0 } }
      return bytes + text
    }
    let bytes = event(1, 0x100, "a.yaml", padding: 2) + event(-1, 0x4000, "") + event(2, 0x8, "b", padding: 7) + [1, 2, 3]
    let events = bytes.withUnsafeBytes { Syscalls.directoryEvents(in: $0) }
    #expect(events.map(\.watch) == [1, -1, 2])
    #expect(events.map(\.name) == ["a.yaml", "", "b"])
    #expect(events[1].events.contains(.overflow))
    // A length that leads beyond the end is cut there.
    let cut = Array(event(1, 0x100, "a.yaml", padding: 10).dropLast(12))
    #expect(cut.withUnsafeBytes { Syscalls.directoryEvents(in: $0) }.map(\.name) == ["a.ya"])
  }
}

@Suite struct NamePatternTests {
  @Test(
    arguments: [
      ("a.yaml", "*.yaml", true), ("a.yml", "*.yaml", false), (".a.yaml", "*.yaml", false), (".a.yaml", ".*.yaml", true),
      ("ab", "a?", true),
      ("a", "a?", false), ("abcabc", "*abc", true), ("", "*", true), ("aXbXc", "a*b*c", true), ("aXbXd", "a*b*c", false),
      ("[a]", "[a]", true),
    ])
  func `names match as in a shell`(name: String, pattern: String, matches: Bool) {
    #expect(NamePattern.matches(name, pattern) == matches)
  }

  @Test func `a pattern of many stars takes no longer than its length times that of the name`() {
    #expect(!NamePattern.matches(String(repeating: "a", count: 5_000), String(repeating: "*a", count: 500) + "b"))
  }
}
