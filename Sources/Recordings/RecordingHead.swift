// The head file beside a recorded body: a little YAML for people to read and to change.

import Glibc
package import HTTPCore
import YAMLDocument

/// What is known of a recorded exchange apart from its body.
package struct RecordingHead: Equatable, Sendable {
  /// The body that a head was written for.
  package struct Body: Equatable, Sendable {
    /// A name in the head file's own directory.
    package var file: String
    /// Bytes, and SHA-256, when it was recorded; nil for a head that was written by hand.
    package var size: Int64?
    /// In lower-case hexadecimal.
    package var digest: String?
  }

  /// The request line as the client wrote it.
  package var request: String?
  /// `RecordingKey.lines`; nil for a head that was written by hand.
  package var key: [String]?
  /// 200 to 599.
  package var status = 200
  /// In the order received, without framing and hop-by-hop fields. Octets of a value that are not UTF-8 are spelled as
  /// `ObsText` does; in the file, a value that is not UTF-8 is `{latin1: TEXT}`, each character an octet.
  package var headers: [FieldLine] = []
  /// Fields that were left out because the route redacts them.
  package var redacted: [String] = []
  /// Seconds since 1970.
  package var recordedAt: Int64?
  /// What was fetched.
  package var upstream: String?
  /// From the request to the upstream to the end of its answer.
  package var durationMilliseconds: Int64?
  /// Nil for a response without content, such as 204.
  package var body: Body?

  /// A head file is smaller than this by far: the upstream's own head is bounded by a quarter of it.
  static let maxFileSize = 1 << 20

  /// The value of the first field of this name, in whatever case.
  package func value(_ name: String) -> String? { headers.first { FieldSyntax.equalIgnoringCase($0.name, name) }?.value }

  // MARK: Writing

  /// The file's text.
  var yaml: String {
    var text = ""
    if let request { text += "request: \(Self.quoted(request))\n" }
    if let key { text += "key:\n" + key.map { "  - \(Self.quoted($0))\n" }.joined() }
    text += "status: \(status)\n"
    text += headers.isEmpty ? "headers: []\n" : "headers:\n"
    for header in headers { text += "  - \(Self.quoted(header.name)): \(Self.fieldValue(header.value))\n" }
    if !redacted.isEmpty { text += "redacted: [\(redacted.map(Self.quoted).joined(separator: ", "))]\n" }
    if let recordedAt { text += "recorded_at: \(Self.timestamp(recordedAt))\n" }
    if let upstream { text += "upstream: \(Self.quoted(upstream))\n" }
    if let durationMilliseconds { text += "duration: \(durationMilliseconds)ms\n" }
    if let body {
      text += "body:\n  file: \(Self.quoted(body.file))\n"
      if let size = body.size { text += "  size: \(size)\n" }
      if let digest = body.digest { text += "  sha256: \(digest)\n" }
    }
    return text
  }

  private static func fieldValue(_ value: String) -> String {
    guard ObsText.isSpelled(in: value) else { return quoted(value) }
    let octets = ObsText.octets(value)
    if let text = String(validating: octets, as: UTF8.self) { return quoted(text) }
    let latin1 = String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
    return "{latin1: \(quoted(latin1))}"
  }

  /// A plain word stays plain; everything else goes in double quotes, where YAML's escapes are JSON's.
  private static func quoted(_ text: String) -> String {
    let isWord =
      text.utf8.first.map { ByteClass.unreserved.contains($0) && !(0x30...0x39).contains($0) && $0 != 0x2d && $0 != 0x2e && $0 != 0x7e }
      == true
      && text.utf8.allSatisfy { ByteClass.unreserved.contains($0) || $0 == UInt8(ascii: "/") }
    if isWord, !["true", "false", "null"].contains(text.lowercased()) { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029, 0xfeff].contains(scalar.value):
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// RFC 3339 in UTC.
  static func timestamp(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func padded(_ value: Int32, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))T"
      + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
  }

  static func seconds(_ timestamp: String) -> Int64? {
    let fields = timestamp.utf8.split { "-T:Z".utf8.contains($0) }.map { Int32(Substring($0)) }
    guard timestamp.hasSuffix("Z"), fields.count == 6, let year = fields[0], let month = fields[1], let day = fields[2],
      let hour = fields[3], let minute = fields[4], let second = fields[5]
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
    return Int64(timegm(&parts))
  }

  // MARK: Reading

  /// Why a head file cannot be used, in a sentence that begins with its place.
  struct Fault: Error, Equatable { let description: String }

  /// Reads a head file. Keys that are not known are left alone: they may be notes.
  init(yaml bytes: [UInt8], path: String) throws(Fault) {
    let document = YAMLComposer.compose(SourceText(file: path, bytes: bytes))
    if let error = document.errors.first {
      throw Fault(description: "\(path):\(error.mark.line):\(error.mark.column): \(error.message)")
    }
    guard let root = document.root, root.mapping != nil else { throw Fault(description: "\(path): a head file is a mapping") }
    func text(_ node: YAMLNode?) -> String? { node?.scalar.flatMap { $0.kind == .null ? nil : $0.text } }

    request = text(root["request"])
    key = root["key"]?.sequence?.compactMap { text($0) }
    if let node = root["status"] {
      guard let status = text(node).flatMap({ Int($0) }), (200...599).contains(status) else {
        throw Fault(description: "\(path):\(node.span.line):\(node.span.column): a status is a number from 200 to 599")
      }
      self.status = status
    }
    if let node = root["headers"] { headers = try Self.fields(node, path) }
    redacted = root["redacted"]?.sequence?.compactMap { text($0) } ?? []
    recordedAt = text(root["recorded_at"]).flatMap(Self.seconds)
    upstream = text(root["upstream"])
    durationMilliseconds = text(root["duration"]).flatMap { $0.hasSuffix("ms") ? Int64($0.dropLast(2)) : nil }
    if let node = root["body"] {
      guard let file = text(node["file"]) ?? text(node), !file.isEmpty, file != "..", file != ".", !file.utf8.contains(UInt8(ascii: "/"))
      else {
        throw Fault(description: "\(path):\(node.span.line):\(node.span.column): a body is a file beside its head file")
      }
      body = Body(file: file, size: text(node["size"]).flatMap { Int64($0) }, digest: text(node["sha256"]))
    }
  }

  /// A head of status 200 that says nothing else.
  package init() {}

  /// A list of one-pair mappings, which keeps order and repetition, or a mapping, which is easier to write by hand.
  private static func fields(_ node: YAMLNode, _ path: String) throws(Fault) -> [FieldLine] {
    var fields: [FieldLine] = []
    for pair in node.mapping ?? (node.sequence ?? []).flatMap({ $0.mapping ?? [] }) {
      let value = try octets(pair.value, path)
      guard FieldSyntax.isValidName(pair.key.text), FieldSyntax.isValidValue(value.span) else {
        throw Fault(description: "\(path):\(pair.keySpan.line):\(pair.keySpan.column): this is no header field")
      }
      fields.append(FieldLine(pair.key.text, ObsText.text(value)))
    }
    return fields
  }

  private static func octets(_ node: YAMLNode, _ path: String) throws(Fault) -> [UInt8] {
    func fault(_ reason: String) -> Fault { Fault(description: "\(path):\(node.span.line):\(node.span.column): \(reason)") }
    if let scalar = node.scalar { return scalar.kind == .null && scalar.style == .plain ? [] : Array(scalar.text.utf8) }
    guard let pairs = node.mapping, pairs.count == 1, pairs[0].key.text == "latin1", let latin1 = pairs[0].value.scalar else {
      throw fault("a field value is a text, or {latin1: TEXT} for octets that are no UTF-8")
    }
    let octets = latin1.text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
    guard octets.count == latin1.text.unicodeScalars.count else { throw fault("latin1 has no character beyond U+00FF: each is an octet") }
    return octets
  }
}
