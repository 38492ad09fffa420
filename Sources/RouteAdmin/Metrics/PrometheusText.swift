// The text that Prometheus reads, in version 0.0.4 of its exposition format: for each metric its HELP and TYPE, and then
// all of its samples.

/// Gathers metrics as text.
package struct PrometheusText {
  package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  package enum Kind: String {
    case counter, gauge, histogram
  }

  /// UTF-8.
  package private(set) var octets: [UInt8] = []
  private var name = ""

  package init() {}

  /// Begins a metric; its samples follow.
  ///
  /// - Parameters:
  ///   - name: with the suffixes of Prometheus' conventions, such as `_total` of a counter.
  ///   - help: one sentence.
  package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    append("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
  }

  /// A sample of the metric in hand.
  package mutating func sample(_ labels: [(String, String)] = [], _ value: Int) { line("", labels, String(value)) }

  /// The same.
  package mutating func sample(_ labels: [(String, String)] = [], _ value: Double) { line("", labels, Self.number(value)) }

  /// A metric with one sample.
  package mutating func metric(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    begin(name, kind, help)
    sample([], value)
  }

  /// The samples of a histogram in seconds.
  package mutating func histogram(_ labels: [(String, String)], _ buckets: LatencyBuckets, microseconds: Int) {
    var count = 0
    for (bound, bucket) in zip(LatencyBuckets.bounds, buckets.counts) {
      count += bucket
      line("_bucket", labels + [("le", Self.number(Double(bound) / 1_000_000))], String(count))
    }
    count += buckets.counts[LatencyBuckets.bounds.count]
    line("_bucket", labels + [("le", "+Inf")], String(count))
    line("_sum", labels, Self.number(Double(microseconds) / 1_000_000))
    line("_count", labels, String(count))
  }

  /// Hands over what was gathered, and begins anew within the same metric.
  package mutating func take() -> [UInt8] {
    defer { octets.removeAll(keepingCapacity: true) }
    return octets
  }

  private mutating func line(_ suffix: String, _ labels: [(String, String)], _ value: String) {
    append(name)
    append(suffix)
    if !labels.isEmpty {
      append("{")
      for (index, label) in labels.enumerated() {
        append("\(index == 0 ? "" : ",")\(label.0)=\"\(Self.escaped(label.1, quotes: true))\"")
      }
      append("}")
    }
    append(" \(value)\n")
  }

  private mutating func append(_ text: String) { octets += text.utf8 }

  /// Whole numbers without a fraction; otherwise the shortest text that reads as the same number.
  private static func number(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return String(whole) }
    return value.description
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\"") }) else {
      return text
    }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
