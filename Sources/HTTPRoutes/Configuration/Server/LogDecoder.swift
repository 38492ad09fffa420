// `log`, what the daemon says of itself, and `access_log`, a line for each request.

import YAMLDocument

enum LogDecoder {
  static let keys = KeyTable(
    "log",
    [
      Key("level", .choice(of: LogSettings.Level.self), default: "info", "The least severe message that is logged."),
      Key(
        "format", .choice(of: LogSettings.Format.self), default: "text",
        "text for people, with priorities under systemd, or json for machines."),
    ])

  static let accessLogKeys = KeyTable(
    "access_log",
    [
      Key("path", .path, "The file, reopened on SIGUSR1, or \"-\" for standard output."),
      Key("format", .choice(of: AccessLogSettings.Format.self), default: "combined", "combined, as Apache and nginx write it, or json."),
      Key(
        "mode", .matching("^0?[26][0246][0246]$", orNumber: true),
        "The mode, in octal digits, of a file that is created, whatever the umask; without it 0640 less the umask."),
    ], required: ["path"])

  static let accessLogShape = Shape.any([.off, .path, .mapping(accessLogKeys), .null])

  static func decode(_ value: SettingsDecoder, into log: inout LogSettings) {
    guard let mapping = value.mapping(keys, hint: logHint) else { return }
    if let level = mapping.choice("level", LogSettings.Level.self) { log.level = level }
    if let format = mapping.choice("format", LogSettings.Format.self) { log.format = format }
    mapping.finish()
  }

  /// `log: debug`, `log: json`, `log: /var/log/asynchttpd.log`.
  private static func logHint(_ text: String) -> String? {
    if let format = LogSettings.Format(rawValue: text.lowercased()) { return "write log: {format: \(format.rawValue)}" }
    if let level = Suggestion.nearest(to: text, among: LogSettings.Level.allCases.map(\.rawValue)) { return "write log: {level: \(level)}" }
    if ["off", "false", "no", "none"].contains(text.lowercased()) { return "write log: {level: critical} for the least" }
    return "the log goes to standard error; write log: {level: info, format: text}, or access_log: PATH for a line for each request"
  }

  static func decodeAccessLog(_ value: SettingsDecoder) -> AccessLogSettings? {
    if value.isNull || value.isWord("off") || value.isWord("false") { return nil }
    if value.node.mapping == nil { return path(value).map { AccessLogSettings(path: $0) } }
    guard let mapping = value.mapping(accessLogKeys) else { return nil }
    var log = AccessLogSettings(path: mapping.require("path").flatMap(path) ?? "-")
    if let format = mapping.choice("format", AccessLogSettings.Format.self) { log.format = format }
    if let mode = mapping.take("mode") { log.mode = self.mode(mode) }
    mapping.finish()
    return log
  }

  /// Octal digits, whether or not YAML takes them for a number. Nil for null, and after an error.
  private static func mode(_ value: SettingsDecoder) -> UInt32? {
    if value.isNull { return nil }
    let expected = "a mode in octal digits, such as \"0640\""
    guard let text = value.text(expected) else { return nil }
    let digits = text.utf8.first == UInt8(ascii: "0") ? text.dropFirst() : text[...]
    guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }), let mode = UInt32(digits, radix: 8) else {
      value.errorExpected(expected)
      return nil
    }
    if mode & 0o111 != 0 { value.error("a log is not executable: write \"0\(String(mode & 0o666, radix: 8))\"") }
    if mode & 0o200 == 0 { value.error("the server has to be able to write the log: write \"0\(String(mode & 0o666 | 0o200, radix: 8))\"") }
    return mode
  }

  /// The file itself is made when the server starts; its directory has to be there.
  private static func path(_ value: SettingsDecoder) -> String? {
    if value.isWord("-") { return "-" }
    let expected = "off, \"-\", or a file for the access log"
    if let scalar = value.node.scalar, scalar.kind != .null, let way = wayOut(of: scalar) {
      value.errorExpected(expected, write: way)
      return nil
    }
    guard let path = value.path(expected) else { return nil }
    let directory = ConfiguredFiles.directory(of: path)
    switch ConfiguredFiles.examine(directory.isEmpty ? "." : directory) {
    case .success(.directory): break
    case .success: value.error("cannot write \"\(path.escapingControls)\": \"\(directory.escapingControls)\" is not a directory")
    case .failure(let reason): value.error("cannot write \"\(path.escapingControls)\" in its directory: \(reason.message)")
    }
    return path
  }

  /// What to write instead of a word that would be the name of a file and is not meant to be one.
  private static func wayOut(of scalar: YAMLScalar) -> String? {
    let word = scalar.text.lowercased()
    if scalar.style == .plain, scalar.kind == .int {
      return word == "0" ? "write off for none" : "write access_log: access.log for a file, \"-\" for standard output"
    }
    switch word {
    case "no", "off", "false", "none", "disabled", "disable", "never": return "write off for none"
    case "true", "yes", "on", "enabled", "enable": return "write access_log: access.log for a file, \"-\" for standard output"
    case "stdout", "console": return "write \"-\" for standard output"
    case "stderr": return "write /dev/stderr for standard error"
    case "json", "combined", "common", "text":
      return "write access_log: {path: access.log, format: \(word == "json" ? "json" : "combined")}"
    default: break
    }
    if word.hasPrefix("syslog:") || word.hasPrefix("|") { return "a line goes to a file or to standard output, which the journal reads" }
    // nginx has the format behind the path.
    let words = scalar.text.split(separator: " ")
    guard words.count == 2, let format = AccessLogSettings.Format(rawValue: String(words[1])) else { return nil }
    return "write access_log: {path: \(String(words[0]).excerpt), format: \(format.rawValue)}"
  }
}
