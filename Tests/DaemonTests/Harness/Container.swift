// A small Debian with systemd as its first process, booted by systemd-nspawn(1) in a fraction of a second: a service manager that a
// test may start, reload and power off. Its tree is made once by debootstrap(8) and kept in a cache; a boot writes to an overlay in
// memory. It has its own network, with loopback alone.

import Foundation
import Testing

final class Container: Sendable {
  private let process: ChildProcess
  private let leader: String
  private let listener: NotificationListener
  private let staging: TemporaryDirectory
  /// What the container sees as /etc/asynchttpd.
  let configuration: TemporaryDirectory

  enum Contents {
    /// The built daemon as /usr/bin/asynchttpd, and this package's units.
    case installed
    /// This package in /source, as `make build` leaves it, and make(1).
    case source
  }

  /// Boots.
  init(_ contents: Contents = .installed) throws {
    let tree = try Container.tree.get()
    configuration = try TemporaryDirectory()
    staging = try TemporaryDirectory()
    listener = try NotificationListener(address: staging.file("notify"))
    let libraries = try Container.stageLibraries(of: DaemonProcess.executable, in: staging)
    process = try ChildProcess(
      [
        "systemd-nspawn", "--quiet", "--boot", "--directory=\(tree)", "--volatile=overlay", "--machine=asynchttpd-\(UUID().uuidString)",
        // No service manager of the host is asked for anything: there may be none.
        "--register=no", "--keep-unit", "--private-network", "--console=pipe", "--notify-ready=yes",
        "--bind-ro=\(libraries):/usr/local/lib/asynchttpd",
      ] + (try Container.binds(contents, configuration, staging)), environment: ["NOTIFY_SOCKET": listener.address])
    let started = process
    guard
      let (message, _) = listener.wait(unless: { started.hasExited }, where: { $0.contains("X_NSPAWN_LEADER_PID=") }),
      let line = message.split(separator: "\n").first(where: { $0.hasPrefix("X_NSPAWN_LEADER_PID=") }),
      listener.wait(for: "READY=1", unless: { started.hasExited }) != nil
    else { throw HarnessError("the container did not boot\n\(process.standardOutput)\n\(process.standardError)") }
    leader = String(line.dropFirst("X_NSPAWN_LEADER_PID=".count))
    let prepared = try shell(
      """
      echo /usr/local/lib/asynchttpd > /etc/ld.so.conf.d/asynchttpd.conf && ldconfig || exit 1
      echo 127.0.0.1 localhost > /etc/hosts || exit 1
      if [ -d /mnt/systemd ]; then
        cp /mnt/systemd/*.service /mnt/systemd/*.socket /etc/systemd/system/ && systemctl daemon-reload
      fi
      """)
    guard prepared.exit == .code(0) else { throw HarnessError(prepared.error) }
  }

  /// What of this machine the container sees.
  private static func binds(_ contents: Contents, _ configuration: TemporaryDirectory, _ staging: TemporaryDirectory) throws -> [String] {
    let executable = DaemonProcess.executable
    switch contents {
    case .installed:
      return [
        "--bind-ro=\(executable):/usr/bin/asynchttpd", "--bind-ro=\(repository)/systemd:/mnt/systemd",
        "--bind-ro=\(configuration.path):/etc/asynchttpd",
      ]
    case .source:
      // A place for the program that the other mount goes over.
      try staging.write("", to: "source/.build/release/asynchttpd")
      for name in ["Makefile", "config", "systemd"] {
        try FileManager.default.copyItem(atPath: "\(repository)/\(name)", toPath: staging.file("source/\(name)"))
      }
      guard let make = Requirement.path(of: "make") else { try Test.cancel("needs make") }
      return [
        "--bind-ro=\(staging.file("source")):/source", "--bind-ro=\(executable):/source/.build/release/asynchttpd",
        "--bind-ro=\(make):/usr/bin/make",
      ]
    }
  }

  /// Starts a program of this machine in the container's network.
  func start(_ program: [String]) throws -> ChildProcess {
    try ChildProcess(["nsenter", "--target", leader, "--net", "--"] + program)
  }

  /// Runs a command line of sh(1) as root inside.
  func shell(_ command: String) throws -> (exit: ChildProcess.Exit, output: String, error: String) {
    try run(
      ["nsenter", "--target", leader, "--all", "--", "sh", "-c", command], environment: ["SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"])
  }

  /// Powers off and waits for it.
  func powerOff() throws {
    _ = try shell("systemctl poweroff")
    try process.waitForExit()
  }

  /// The tree, made by the first test that boots one.
  static let tree: Result<String, HarnessError> = {
    let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
    // The release of the host: what was built against its C library runs in no older one.
    let name =
      release.split(separator: "\n").first { $0.hasPrefix("VERSION_CODENAME=") }.map { $0.dropFirst("VERSION_CODENAME=".count) } ?? "stable"
    let cache = ProcessInfo.processInfo.environment["ASYNCHTTPD_TEST_CACHE"] ?? "/var/tmp/asynchttpd-tests"
    let tree = "\(cache)/\(name)-systemd"
    if FileManager.default.fileExists(atPath: "\(tree)/usr/lib/systemd/systemd") { return .success(tree) }
    let new = "\(tree).\(getpid())"
    do {
      try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
      let packages = "systemd,systemd-sysv,dbus,libyaml-0-2,libcurl4,curl"
      let made = try run(["debootstrap", "--variant=minbase", "--include=\(packages)", String(name), new], within: 15 * 60)
      guard made.exit == .code(0) else { throw HarnessError("debootstrap: \(made.output.suffix(500)) \(made.error.suffix(500))") }
      // Timers that would reach for the network.
      for unit in ["apt-daily.timer", "apt-daily-upgrade.timer"] {
        try FileManager.default.createSymbolicLink(atPath: "\(new)/etc/systemd/system/\(unit)", withDestinationPath: "/dev/null")
      }
      guard rename(new, tree) == 0 || FileManager.default.fileExists(atPath: tree) else { throw HarnessError("rename \(new)") }
      return .success(tree)
    } catch {
      _ = try? run(["rm", "-rf", "--one-file-system", new])
      return .failure(HarnessError("\(error)"))
    }
  }()

  /// Copies the libraries that the tree lacks, those of the Swift toolchain, to where a mount can show them.
  private static func stageLibraries(of program: String, in directory: TemporaryDirectory) throws -> String {
    let target = directory.file("libraries")
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    for line in try run(["ldd", program]).output.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 3, words[1] == "=>", words[2].hasPrefix("/"), words[0].hasPrefix("libswift") || !words[2].hasPrefix("/lib")
      else { continue }
      try FileManager.default.copyItem(atPath: String(words[2]), toPath: "\(target)/\(words[0])")
    }
    return target
  }

  /// Ends the test as skipped where no tree could be made, for example without a network.
  static func requireTree() throws {
    if case .failure(let reason) = tree { try Test.cancel("no system tree to boot: \(reason)") }
  }
}
