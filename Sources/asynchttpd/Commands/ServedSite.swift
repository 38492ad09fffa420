// The argument of `serve`: a configuration file, or a directory.

import Reactor

/// What a path on the command line asks to serve.
enum ServedSite: Equatable {
  case configuration(String)
  case directory(String)
  /// Neither: there is no such file, or it has another name than a configuration has.
  case unclear

  init(_ path: String) {
    let kind = (try? Syscalls.status(path))?.kind
    if kind == .directory {
      self = .directory(path)
    } else if kind != nil, Self.isConfigurationName(path) {
      self = .configuration(path)
    } else {
      self = .unclear
    }
  }

  static func isConfigurationName(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }
}
