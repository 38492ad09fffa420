// The exchanges under Tests/Vectors, read from Markdown. The rules of the format are in the README beside them.

import Foundation

/// One exchange: what a client sends, and what must be understood.
package struct Vector: Sendable, CustomStringConvertible {
  package let file: String
  package let title: String
  package let bytes: [UInt8]
  package let events: [String]

  package var description: String { "\(file): \(title)" }

  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Vectors")

  /// Every vector of every file, in a stable order.
  package static let all: [Vector] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted().flatMap { name in
      let text = (try? String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)) ?? ""
      return read(text, file: name)
    }
  }()

  private static func read(_ text: String, file: String) -> [Vector] {
    var vectors: [Vector] = []
    var title = ""
    var request: [String] = []
    var events: [String] = []
    var block: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let open = block {
        if line == "```" {
          if open == "events" {
            vectors.append(Vector(file: file, title: title, bytes: octets(of: request), events: events))
            request = []
            events = []
          }
          block = nil
        } else if open == "http" {
          request.append(line)
        } else {
          events.append(line)
        }
      } else if line.hasPrefix("```") {
        block = String(line.dropFirst(3))
      } else if line.hasPrefix("## ") {
        title = String(line.dropFirst(3))
      }
    }
    return vectors
  }

  /// Every line ends in CR LF but for one that ends in a backslash.
  private static func octets(of lines: [String]) -> [UInt8] {
    var result: [UInt8] = []
    for line in lines {
      let continues = line.hasSuffix("\\") && !line.hasSuffix("\\\\")
      result += unescaped(continues ? String(line.dropLast()) : line)
      if !continues { result += [0x0D, 0x0A] }
    }
    return result
  }

  private static func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "x"):
        result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!)  // A malformed vector has no meaning.
        rest = rest.dropFirst(2)
      case UInt8(ascii: "{"):
        let parts = String(decoding: rest.prefix { $0 != UInt8(ascii: "}") }, as: UTF8.self).split(separator: "*")
        rest = rest.drop { $0 != UInt8(ascii: "}") }.dropFirst()
        for _ in 0..<Int(parts[1])! { result += unescaped(String(parts[0])) }  // Likewise.
      default: result.append(escape)
      }
    }
    return result
  }

  /// Octets as they stand in a vector: what is not visible is escaped, and long runs of one octet are abbreviated.
  package static func printable(_ bytes: some Collection<UInt8>) -> String {
    var result = ""
    var rest = bytes[...]
    while let byte = rest.first {
      let run = rest.prefix { $0 == byte }.count
      let text: String =
        switch byte {
        case 0x0D: "\\r"
        case 0x0A: "\\n"
        case 0x09: "\\t"
        case 0x5C: "\\\\"
        case 0x20...0x7E: String(UnicodeScalar(byte))
        default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      result += run > 20 ? "\\{\(text)*\(run)}" : text
      rest = rest.dropFirst(run > 20 ? run : 1)
    }
    return result
  }
}
