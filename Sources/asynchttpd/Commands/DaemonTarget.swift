import ArgumentParser
import Glibc

/// Which daemon a command speaks with.
struct DaemonTarget: ParsableArguments {
  @Option(help: "The daemon's process id.")
  var pid: Int32?

  @Option(help: ArgumentHelp("The file that has the daemon's process id.", valueName: "file"), completion: .file())
  var pidFile: String?

  func validate() throws {
    if pid != nil, pidFile != nil { throw ValidationError("give --pid or --pid-file, not both") }
    if let pid, pid <= 0 { throw ValidationError("--pid: \(pid) is no process id") }
  }

  /// Asks the daemon, and waits for its answer.
  func ask(_ request: ControlRequest) throws(ControlClient.Unreachable) -> ControlReply {
    try ControlClient(processID: try processID()).ask(request)
  }

  private func processID() throws(ControlClient.Unreachable) -> pid_t {
    if let pid { return pid }
    let file = PidFile(path: pidFile ?? PidFile.usualPath)
    if let processID = file.read() { return processID }
    let hint = pidFile == nil ? "; say which daemon with --pid or --pid-file" : ""
    throw ControlClient.Unreachable(reason: "\(file.path) names no process\(hint)")
  }
}
