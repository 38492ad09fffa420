import Foundation
import Testing

extension BlackBox {
  /// The README's way from the built program to a service, on a machine that has neither.
  @Suite(.enabled(if: Requirement.container, "needs root, debootstrap and systemd-nspawn"))
  struct ReadmeUnderSystemdTests {
    let container: Container

    init() throws {
      try Container.requireTree()
      container = try Container(.source)
    }

    /// The commands of the README's section, as they stand there.
    static func commands() throws -> [String] {
      let readme = try String(contentsOfFile: "\(repository)/README.md", encoding: .utf8)
      let section = try #require(readme.range(of: "## Under systemd\n")).upperBound
      let begin = try #require(readme[section...].range(of: "```sh\n")).upperBound
      let end = try #require(readme[begin...].range(of: "```\n")).lowerBound
      return readme[begin..<end].split(separator: "\n").map(String.init)
    }

    @Test func `what the README says is so, word for word`() throws {
      // There is no sudo in here, and nobody to type: the one runs what it is given, the editor adds a route at the end.
      let prepared = try container.shell(
        """
        cd /usr/local/bin
        printf '#!/bin/sh\\nexec "$@"\\n' > sudo
        printf '#!/bin/sh\\necho "  - {path: /edited, text: edited}" >> "$1"\\n' > sudoedit
        chmod +x sudo sudoedit
        """)
      #expect(prepared.exit == .code(0), "\(prepared.error)")
      let commands = try Self.commands()
      #expect(commands.contains { $0.hasPrefix("sudoedit ") })
      for command in commands {
        let result = try container.shell("cd /source && \(command)")
        let journal = result.exit == .code(0) ? "" : try container.shell("journalctl --no-pager -u asynchttpd | tail -20").output
        #expect(result.exit == .code(0), "\(command): \(result.output)\(result.error)\n\(journal)")
        if command.hasPrefix("curl ") { #expect(result.output == "ok\n") }
      }
      #expect(try container.shell("curl -sS http://127.0.0.1:8080/edited").output == "edited")
      #expect(try container.shell("systemctl is-enabled asynchttpd").output == "enabled\n")

      // A further installation leaves what was edited.
      #expect(try container.shell("cd /source && make install").exit == .code(0))
      #expect(try container.shell("grep -c edited /etc/asynchttpd/asynchttpd.yaml").output == "1\n")
      try container.powerOff()
    }
  }
}
