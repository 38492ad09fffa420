// Real curl, asked for one answer.

import Foundation

enum Curl {
  struct Answer {
    let status: Int
    /// Field values by lower-case name; repeated fields are joined by a comma.
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// - Parameters:
  ///   - url: the whole address.
  ///   - options: further options of curl(1), but not --head, which puts the head where the body belongs.
  /// - Throws: when curl could not get an answer; with its message.
  static func get(_ url: String, _ options: String...) throws -> Answer { try get(url, options: options) }

  static func get(_ url: String, options: [String]) throws -> Answer {
    let directory = try TemporaryDirectory()
    let (exit, _, error) = try run(
      [
        "curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--path-as-is", "--dump-header", directory.file("head"),
        "--output", directory.file("body"),
      ] + options + [url])
    guard exit == .code(0) else { throw HarnessError("curl \(url): \(exit) \(error)") }
    // The body's file is not made when the body is empty. Of several heads (1xx, redirects) the last counts.
    let body = (try? Data(contentsOf: URL(fileURLWithPath: directory.file("body")))) ?? Data()
    let heads = try directory.read("head").replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n\n").filter {
      !$0.isEmpty
    }
    guard let lines = heads.last?.split(separator: "\n"),
      let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw HarnessError("curl \(url): no head") }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      headers[line[..<colon].lowercased(), default: ""] += headers[line[..<colon].lowercased()] == nil ? value : ", \(value)"
    }
    return Answer(status: status, headers: headers, body: body)
  }

  /// Fetches many paths over one connection into files, so that a thousand of them take one process.
  ///
  /// - Returns: the status of each path.
  static func fetch(_ paths: [String], from base: String, into directory: TemporaryDirectory) throws -> [String: Int] {
    var lines = ["silent", "show-error", "path-as-is", "noproxy = \"*\"", "max-time = 60"]
    for (number, path) in paths.enumerated() {
      lines += ["url = \"\(base)\(path)\"", "output = \"\(directory.file("\(number)"))\"", "write-out = \"%{http_code} \(number)\\n\""]
      if number + 1 < paths.count { lines.append("next") }
      if number + 1 < paths.count { lines += ["silent", "show-error", "path-as-is", "noproxy = \"*\"", "max-time = 60"] }
    }
    let list = try directory.write(lines.joined(separator: "\n"), to: "fetch.curl")
    let (exit, output, error) = try run(["curl", "--config", list], within: 5 * patience)
    guard exit == .code(0) else { throw HarnessError("curl: \(exit) \(error)") }
    var statuses: [String: Int] = [:]
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ").compactMap { Int($0) }
      if words.count == 2 { statuses[paths[words[1]]] = words[0] }
    }
    return statuses
  }
}
