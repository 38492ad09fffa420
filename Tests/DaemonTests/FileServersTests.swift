import Foundation
import Testing

extension BlackBox {
  /// The same few hundred requests to the daemon and to other file servers, on one tree.
  @Suite struct FileServersTests {
    private static let article = "\(repository)/Sources/HTTPRoutes/HTTPRoutes.docc/FilesBesideOtherServers.md"

    private func compare(with peer: String) throws {
      let script = "\(repository)/Tests/DaemonTests/FileServers/compare.py"
      let result = try run(["python3", script, DaemonProcess.executable, peer, Self.article], within: 5 * patience)
      #expect(result.exit == .code(0), "\(result.output)\(result.error)")
    }

    @Test(.enabled(if: Requirement.nginx && Requirement.python, "needs nginx and python3"))
    func `every difference from nginx is in the article, with its reason`() throws { try compare(with: "nginx") }

    @Test(
      .enabled(
        if: Requirement.path(of: "caddy") != nil && Requirement.python, "needs caddy, which `make test` does not install, and python3"))
    func `every difference from Caddy is in the article, with its reason`() throws { try compare(with: "caddy") }
  }
}
