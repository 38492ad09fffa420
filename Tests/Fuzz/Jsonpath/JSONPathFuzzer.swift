// Queries of JSONPath. A query is read or refused with a place, evaluation ends within its bound, and the normalised path of each node selects
// that node.

import FuzzSupport
import JSONText
import RegularExpressions

extension RegularExpression: JSONPathPattern {
  package func matches(_ subject: String, whole: Bool, steps: inout Int) -> Bool? {
    let outcome: Outcome = matches(subject, whole: whole, steps: &steps)
    return switch outcome {
    case .matched: true
    case .notMatched: false
    case .limitReached: nil
    }
  }
}

private let engine: JSONPathEngine = { try? RegularExpression($0) }

private let document = #"{"a":[1,2.0,{"b":"abc","c":[]},null,true,"é"],"b":{"a":{"a":[[0],[1]]},"d":"abc"},"it's":-1e3}"#

/// The query, and behind an octet of zero a document.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzJSONPath(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let parts = UnsafeBufferPointer(start: data, count: count).split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let text = String(decoding: parts[0], as: UTF8.self)
  let octets = parts.count > 1 ? Array(parts[1]) : Array(document.utf8)
  do throws(JSONPathError) {
    let path = try JSONPath(text, engine: engine)
    guard let value = try? JSONValue(parsing: octets) else { return 0 }
    check(path, value)
  } catch {
    require(error.column >= 1 && error.column <= text.unicodeScalars.count + 1, "an error points into the text: \(error)")
    require(!error.message.isEmpty, "an error says what is wrong")
  }
  return 0
}

private func check(_ path: JSONPath, _ value: JSONValue) {
  let maxSteps = 2_000
  let selection = path.select(from: value, maxSteps: maxSteps)
  require(selection.nodes.count <= maxSteps, "no more nodes than steps")
  if path.isSingular { require(selection.nodes.count <= 1, "a singular query selects one node at most") }
  for node in selection.nodes.prefix(20) {
    guard let again = try? JSONPath(node.path) else { fatalError("a normalised path is a query: \(node.path)") }
    require(again.isSingular, "a normalised path is singular: \(node.path)")
    let nodes = again.select(from: value).nodes
    require(nodes.count == 1 && nodes[0].path == node.path && nodes[0].value == node.value, "\(node.path) selects its node")
  }
}
