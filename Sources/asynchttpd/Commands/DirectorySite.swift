// What `asynchttpd DIRECTORY` stands for: a configuration with one route. It is printed, so that it can be saved and
// grown from there.

import HTTPRoutes
import YAMLDocument

struct DirectorySite: Equatable {
  /// As it was named on the command line.
  let directory: String
  var addresses: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]
  /// Whether paths without a file are answered by index.html, for a single-page application.
  var isSinglePage = false
  /// Whether pages of any other origin may read the answers.
  var allowsAnyOrigin = false

  /// Stands where a file name would in messages. Paths are relative to the current directory, so it has no slash.
  static let name = "(command line)"

  /// The configuration as YAML. A relative directory is seen from the current one, so that is where the text belongs.
  var configuration: String {
    // Braces in the name are none of a variable.
    var files: [(key: String, value: YAMLNode)] = [(key: "root", value: .string(directory.replacing("${", with: "$${")))]
    if isSinglePage {
      files.append((key: "fallback", value: .string("/index.html")))
    } else {
      files.append((key: "listing", value: .plain("true")))
    }
    files.append((key: "cache_control", value: .string("no-cache")))
    var route: [(key: String, value: YAMLNode)] = [(key: "path", value: .string("/**")), (key: "static", value: .mapping(files))]
    if allowsAnyOrigin { route.append((key: "cors", value: .string("*"))) }
    return YAMLWriter.text(
      of: .mapping([
        (key: "listen", value: .sequence(addresses.map { .string("\($0)") })), (key: "routes", value: .sequence([.mapping(route)])),
      ]))
  }
}
