// The built asynchttpd, running with a configuration of its own.

import Foundation

final class DaemonProcess: Sendable {
  let directory: TemporaryDirectory
  let process: ChildProcess
  let notifications: NotificationListener

  /// The program that was built beside these tests.
  static let executable: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (tests as NSString).deletingLastPathComponent + "/asynchttpd"
  }()

  /// Starts the daemon and waits until it says that it is ready.
  ///
  /// - Parameters:
  ///   - configuration: the YAML text, written to `asynchttpd.yaml` in the directory.
  ///   - directory: where relative paths of the configuration lead.
  ///   - arguments: what follows `serve --config FILE`.
  /// - Throws: when it ends, or says nothing until the deadline; with what it wrote to standard error.
  init(
    _ configuration: String, in directory: TemporaryDirectory, arguments: [String] = [], environment: [String: String] = [:],
    descriptors: [Int32] = [], openFiles: Int? = nil, exportingProcessIDAs exportsProcessID: String? = nil,
    limits: String = "", redirections: String = ""
  ) throws {
    self.directory = directory
    let file = try directory.write(configuration, to: "asynchttpd.yaml")
    let notifications = try NotificationListener(address: "@\(directory.path)/\(UUID().uuidString)")
    let process = try ChildProcess(
      [DaemonProcess.executable, "serve", "--config", file] + arguments,
      environment: environment.merging(["NOTIFY_SOCKET": notifications.address]) { $1 }, descriptors: descriptors, openFiles: openFiles,
      exportingProcessIDAs: exportsProcessID, limits: limits, redirections: redirections)
    self.notifications = notifications
    self.process = process
    guard notifications.wait(for: "READY=1", unless: { process.hasExited }) != nil else {
      throw HarnessError("the daemon did not get ready\n\(process.standardError)")
    }
  }

  /// Replaces the configuration file, as an editor does: written beside, renamed over.
  func rewrite(_ configuration: String) throws {
    try directory.write(configuration, to: "asynchttpd.yaml.new")
    guard rename(directory.file("asynchttpd.yaml.new"), directory.file("asynchttpd.yaml")) == 0 else {
      throw HarnessError("rename: \(String(cString: strerror(errno)))")
    }
  }

  /// Sends HUP and waits until the daemon has said that a reload began and that it is over.
  ///
  /// - Returns: the text of the status line that came with or after the end, empty where there was none.
  @discardableResult
  func reload() throws -> String {
    let start = notifications.received.count
    process.signal(SIGHUP)
    guard
      let (_, afterStart) = notifications.wait(from: start, unless: { process.hasExited }, where: { $0.contains("RELOADING=1") }),
      let (end, _) = notifications.wait(for: "READY=1", from: afterStart, unless: { process.hasExited })
    else { throw HarnessError("no reload: \(notifications.received[start...])\n\(process.standardError)") }
    return end.split(separator: "\n").first { $0.hasPrefix("STATUS=") }.map { String($0.dropFirst(7)) } ?? ""
  }

  /// Drains the daemon and waits for its end.
  @discardableResult
  func stop() throws -> ChildProcess.Exit {
    process.signal(SIGTERM)
    return try process.waitForExit()
  }

  /// Runs a subcommand to its end.
  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> (
    exit: ChildProcess.Exit, output: String, error: String
  ) {
    try DaemonTests.run([executable] + arguments, environment: environment)
  }
}
