// Moments as the access log writes them, in the time zone of the process.

import Glibc
import HTTPCore

/// Texts of moments. The part that changes once a second is made once a second.
struct LogTimes {
  private var second = Int64.min
  /// `22/Nov/2026:18:34:00 +0000`.
  private var combined: [UInt8] = []
  /// `2026-11-22T18:34:00`.
  private var rfc3339: [UInt8] = []
  /// `+00:00`.
  private var offset: [UInt8] = []

  /// Appends the moment as Apache and nginx have it.
  ///
  /// - Parameter microseconds: since 1970.
  mutating func appendCombined(_ microseconds: Int64, to output: inout [UInt8]) {
    renew(microseconds)
    output.append(contentsOf: combined)
  }

  /// Appends the moment to the millisecond by RFC 3339.
  mutating func appendRFC3339(_ microseconds: Int64, to output: inout [UInt8]) {
    renew(microseconds)
    output.append(contentsOf: rfc3339)
    let milliseconds = max(0, microseconds) % 1_000_000 / 1000
    output.append(UInt8(ascii: "."))
    for divisor in [Int64(100), 10, 1] { output.append(UInt8(ascii: "0") + UInt8(milliseconds / divisor % 10)) }
    output.append(contentsOf: offset)
  }

  private mutating func renew(_ microseconds: Int64) {
    // The clock on the wall is beyond 1970.
    let current = max(0, microseconds) / 1_000_000
    guard current != second else { return }
    second = current
    combined = Self.time("%d/%b/%Y:%H:%M:%S %z", current)
    rfc3339 = Self.time("%Y-%m-%dT%H:%M:%S", current)
    offset = Self.time("%z", current)
    // strftime(3) writes no colon into the offset, and RFC 3339 wants one.
    offset.insert(UInt8(ascii: ":"), at: max(0, offset.count - 2))
  }

  private static func time(_ format: String, _ seconds: Int64) -> [UInt8] {
    var clock = time_t(seconds)
    var parts = tm()
    localtime_r(&clock, &parts)
    return [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      count = buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, 64, format, &parts) }
    }
  }
}
