import Foundation
import HTTPRoutes
import Logging
import Testing

@testable import asynchttpd

@Suite struct LogOutputTests {
  /// What is written to a log while `body` runs.
  func written(logsToJournal: Bool = true, _ body: (LogOutput) -> Void) throws -> String {
    let directory = try TemporaryDirectory()
    let descriptor = open(directory.file("log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let output = LogOutput(logsToJournal: logsToJournal, descriptor: descriptor)
    body(output)
    #expect(output.flush(atMost: 30_000))
    return try directory.read("log")
  }

  @Test func `the level changes for loggers that exist already`() throws {
    let text = try written { output in
      let logger = output.logger(label: "a")
      logger.debug("hidden")
      var settings = LogSettings()
      settings.level = .debug
      output.use(settings)
      logger.debug("shown")
      settings.level = .error
      output.use(settings)
      logger.warning("hidden again")
    }
    #expect(text == "<7>shown\n")
  }

  @Test func `a logger's own metadata and the event's are sorted together`() throws {
    let text = try written { output in
      var logger = output.logger(label: "a")
      logger[metadataKey: "peer"] = "127.0.0.1"
      logger.info("m", metadata: ["bytes": "3", "route": "a b"])
    }
    #expect(text == "<6>m bytes=3 peer=127.0.0.1 route=\"a b\"\n")
  }

  @Test func `the format changes to JSON`() throws {
    let text = try written(logsToJournal: false) { output in
      var settings = LogSettings()
      settings.format = .json
      output.use(settings)
      output.logger(label: "a").notice("m", metadata: ["n": "1"])
    }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
    #expect(object["level"] == "notice")
    #expect(object["message"] == "m")
    #expect(object["n"] == "1")
    #expect(object["time"]?.hasSuffix("Z") == true)
  }
}
