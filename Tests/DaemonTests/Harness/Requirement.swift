// What a test needs of the machine beyond the toolchain; where it is missing, the test says so and is skipped.

import Foundation

enum Requirement {
  static var nginx: Bool { path(of: "nginx") != nil }
  static var curl: Bool { path(of: "curl") != nil }
  static var python: Bool { path(of: "python3") != nil }
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
