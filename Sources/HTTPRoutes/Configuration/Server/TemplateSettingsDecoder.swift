// `random` and `clock`: what makes the answers of templates the same each time, for tests that compare them.

import YAMLDocument

enum TemplateSettingsDecoder {
  static let keys = [
    Key("random", .mapping(randomKeys).orNull, "Where the random data of templates comes from."),
    Key(
      "clock", .matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]").orNull,
      "The time at which now of templates stands still, such as 2026-01-15T09:30:00Z; the system's clock by default."),
  ]

  private static let randomKeys = KeyTable(
    "random",
    [
      Key(
        "seed", .integer(0...Int.max).orNull, "Has random, uuid and fake repeat from each start; the system's random numbers by default.")
    ])

  static func decode(_ file: MappingDecoder, into settings: inout TemplateSettings) {
    if let random = file.take("random"), !random.isNull, let mapping = random.mapping(randomKeys, "a mapping such as {seed: 42}") {
      settings.seed = mapping.integer("seed").map { UInt64($0) }
      mapping.finish()
    }
    guard let clock = file.take("clock"), !clock.isNull, let text = clock.text("a time such as 2026-01-15T09:30:00Z") else { return }
    guard let time = TemplateTime(parsing: text), time.isInstant else {
      return clock.error("expected a time such as 2026-01-15T09:30:00Z, found \"\(text.excerpt)\"")
    }
    settings.clock = .fixed(time)
  }
}
