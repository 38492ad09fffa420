import ArgumentParser
import Glibc
import HTTPCore
import HTTPRoutes
import Reactor
import SystemPackage

/// `asynchttpd init`: a first configuration, and never over a file.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a first configuration to begin with, and never over a file.",
    discussion: """
      Beside it come its schema, for an editor with a YAML language server, and a page in \(FirstConfiguration.siteName)/, unless they are \
      there. Exits 1 where the file is there already, or cannot be written.
      """)

  @Argument(help: "The file to write.", completion: .file(extensions: ["yaml", "yml"]))
  var file = "asynchttpd.yaml"

  @Flag(name: .customLong("no-schema"), help: "Write no schema, and no line that names one.")
  var withoutSchema = false

  func run() throws {
    guard (try? Syscalls.status(file, followLinks: false)) == nil else { throw refusal("is there already, and stays as it is") }
    var written: [String] = []
    // The configuration last: it is not there unless what it names is.
    if !withoutSchema, try write(ConfigurationSchema.text, to: beside(FirstConfiguration.schemaName)) {
      written.append(beside(FirstConfiguration.schemaName))
    }
    let site = beside(FirstConfiguration.siteName)
    if (try? Syscalls.status(site)) == nil {
      do throws(Errno) {
        try Syscalls.makeDirectory(site, mode: 0o755)
      } catch {
        throw failure(site, error)
      }
      if try write(FirstConfiguration.page, to: "\(site)/index.html") { written.append("\(site)/index.html") }
    }
    guard try write((withoutSchema ? "" : FirstConfiguration.schemaLine) + FirstConfiguration.configuration, to: file) else {
      throw refusal("is there already, and stays as it is")
    }
    for path in [file] + written { StandardStream.output.write("wrote \(path)\n") }
    let argument = ConfigurationSource.usualPaths.contains(file) ? "" : " \(file)"
    StandardStream.output.write("now run: asynchttpd\(argument)\n")
  }

  /// A path in the directory of the configuration.
  private func beside(_ name: String) -> String {
    guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return name }
    return file[...slash] + name
  }

  /// Writes a file that is not there yet; false where it is.
  private func write(_ text: String, to path: String) throws -> Bool {
    do throws(Errno) {
      try Self.create(path, text)
      return true
    } catch {
      if error == .fileExists { return false }
      throw failure(path, error)
    }
  }

  private static func create(_ path: String, _ text: String) throws(Errno) {
    let descriptor = try Syscalls.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    let number = descriptor.rawValue
    let outcome = Array(text.utf8).withUnsafeBytes { bytes -> Result<Void, Errno> in
      do throws(Errno) { return .success(try Syscalls.writeAll(number, bytes)) } catch { return .failure(error) }
    }
    descriptor.close()
    guard case .failure(let error) = outcome else { return }
    // Half a file would be in the way of the next attempt.
    try? Syscalls.unlink(path)
    throw error
  }

  private func refusal(_ reason: String) -> ExitCode {
    StandardStream.error.write("asynchttpd: \(file) \(reason)\n")
    return .refused
  }

  private func failure(_ path: String, _ error: Errno) -> ExitCode {
    StandardStream.error.write("asynchttpd: cannot write \(path): \(error)\n")
    return .refused
  }
}
