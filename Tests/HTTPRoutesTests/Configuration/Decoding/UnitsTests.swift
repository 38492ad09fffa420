import HTTPRoutes
import Testing

@Suite struct UnitsTests {
  @Test(arguments: [
    ("0", 0), ("512", 512), ("512B", 512), ("1KiB", 1024), ("32KiB", 32768), ("8MiB", 8 << 20), ("2GiB", 2 << 30),
    ("9223372036854775807", Int64.max),
  ])
  func `a size is bytes`(text: String, bytes: Int64) throws {
    #expect(try Units.size(text) == bytes)
  }

  @Test(arguments: [
    ("8MB", #"expected a size such as 8MiB, found "8MB" (did you mean "8MiB"?)"#),
    ("8mib", #"expected a size such as 8MiB, found "8mib" (did you mean "8MiB"?)"#),
    ("8 MiB", #"expected a size such as 8MiB, found "8 MiB" (did you mean "8MiB"?)"#),
    ("64k", #"expected a size such as 8MiB, found "64k" (did you mean "64KiB"?)"#),
    ("1.5MiB", #"expected a size such as 8MiB, found "1.5MiB" (did you mean "1536KiB"?)"#),
    ("1.5GB", #"expected a size such as 8MiB, found "1.5GB" (did you mean "1536MiB"?)"#),
    ("0.3B", #"expected a size such as 8MiB, found "0.3B""#),
    ("512 bytes", #"expected a size such as 8MiB, found "512 bytes" (did you mean "512B"?)"#),
    ("-1", #"expected a size such as 8MiB, found "-1", which is negative"#),
    ("-8MiB", #"expected a size such as 8MiB, found "-8MiB", which is negative"#),
    ("1\u{FE0F}\u{20E3}", "expected a size such as 8MiB, found \"1\u{FE0F}\u{20E3}\""),
    ("1_000", #"expected a size such as 8MiB, found "1_000""#),
    ("", #"expected a size such as 8MiB, found """#),
    ("much", #"expected a size such as 8MiB, found "much""#),
    ("9223372036854775808", "9223372036854775808 bytes is too large"),
    ("9007199254740992KiB", "9007199254740992KiB is too large"),
  ])
  func `what is no size says what one looks like`(text: String, message: String) {
    #expect(throws: Refusal(message)) { try Units.size(text) }
  }

  @Test(arguments: ["9223372036854775808", "9007199254740992KiB", "99999999999999999999GiB"])
  func `a size beyond every bound is told the bound that is asked for`(text: String) {
    let limit = "expected a size of at most 1GiB"
    #expect(throws: Refusal("\(limit), found \"\(text)\"")) { try Units.size(text, limit: limit) }
  }

  @Test(arguments: [
    ("0s", Duration.zero), ("80ms", .milliseconds(80)), ("10s", .seconds(10)), ("1.5s", .milliseconds(1500)), ("5m", .seconds(300)),
    ("2h", .seconds(7200)), ("30d", .seconds(2_592_000)), ("0.5ms", .milliseconds(1)), ("3650d", .seconds(315_360_000)),
  ])
  func `a duration has a unit`(text: String, duration: Duration) throws {
    #expect(try Units.duration(text) == duration)
  }

  @Test(arguments: [
    ("10", "a duration needs a unit: 10ms, 10s, 10m, 10h or 10d"),
    ("10S", #"expected a duration such as 80ms, found "10S" (did you mean "10s"?)"#),
    ("10 s", #"expected a duration such as 80ms, found "10 s" (did you mean "10s"?)"#),
    ("10min", #"expected a duration such as 80ms, found "10min" (did you mean "10m"?)"#),
    ("1h30m", #"expected a duration such as 80ms, found "1h30m" (did you mean "90m"?)"#),
    ("1m30s500ms", #"expected a duration such as 80ms, found "1m30s500ms" (did you mean "90500ms"?)"#),
    ("99999999d99999999d", #"expected a duration such as 80ms, found "99999999d99999999d""#),
    ("30 days", #"expected a duration such as 80ms, found "30 days" (did you mean "30d"?)"#),
    ("1.5 hours", #"expected a duration such as 80ms, found "1.5 hours" (did you mean "1.5h"?)"#),
    ("1e3ms", #"expected a duration such as 80ms, found "1e3ms""#),
    ("99999999999999999999d", "99999999999999999999d is too long; the longest is 3650d"),
    ("1.s", #"expected a duration such as 80ms, found "1.s""#),
    ("1.2.3s", #"expected a duration such as 80ms, found "1.2.3s""#),
    ("-1s", #"expected a duration such as 80ms, found "-1s", which is negative"#),
    ("3651d", "3651d is too long; the longest is 3650d"),
  ])
  func `what is no duration says what one looks like`(text: String, message: String) {
    #expect(throws: Refusal(message)) { try Units.duration(text) }
  }

  @Test(arguments: ["80ms", "75s", "5m", "2h", "30d", "1500ms", "90s", "0ms"])
  func `a duration is spelled in its largest whole unit`(text: String) throws {
    #expect(try Units.duration(text).spelling == text)
  }
}
