// What a test needs of the machine beyond the toolchain; where it is missing, the test says so and is skipped.

import Foundation

enum Requirement {
  static var nginx: Bool { path(of: "nginx") != nil }
  static var curl: Bool { path(of: "curl") != nil }
  static var caddy: Bool { path(of: "caddy") != nil }
  static var goaccess: Bool { path(of: "goaccess") != nil }
  static var logrotate: Bool { path(of: "logrotate") != nil }
  static var python: Bool { path(of: "python3") != nil }
  /// Mounting needs the right to, which a container may lack even for root.
  static let mount: Bool = {
    guard geteuid() == 0, let directory = try? TemporaryDirectory() else { return false }
    return (try? SmallDisk(at: directory.file("disk"), size: "1m")) != nil
  }()
  static var systemdAnalyze: Bool { path(of: "systemd-analyze") != nil }
  /// Booting systemd needs root, and the two programs that make a system tree and boot it.
  static var container: Bool { geteuid() == 0 && path(of: "debootstrap") != nil && path(of: "systemd-nspawn") != nil }

  /// The most descriptors that a process started here may have (getrlimit(2)).
  static var hardDescriptorLimit: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_max)
  }

  /// A tree of a thousand HTML files and more, as `make test` unpacks it.
  static let documentation: String? = {
    let root = "\(repository)/.build/documentation/usr/share/doc"
    guard let package = try? FileManager.default.contentsOfDirectory(atPath: root).first(where: { $0.hasPrefix("postgresql-doc-") }) else {
      return nil
    }
    return "\(root)/\(package)/html"
  }()

  /// A program found through PATH, or where only root has its path.
  static func path(of program: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
    return folders.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }
}

/// How much of it: some tests have a size for every day, and another for a machine that has the time.
enum Scale {
  static let full = ProcessInfo.processInfo.environment["ASYNCHTTPD_TEST_SCALE"] == "full"
}
