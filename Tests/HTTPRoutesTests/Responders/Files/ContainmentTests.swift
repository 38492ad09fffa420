import Foundation
import Testing

private func route(_ policy: String) -> String {
  "routes:\n  - path: /**\n    static: {root: ROOT/public, symlinks: \(policy), listing: true}\n"
}

private func fill(_ files: Files) throws {
  try files.write("public", to: "public/a.txt")
  try files.write("deep", to: "public/dir/b.txt")
  try files.write("secret", to: "secret/s.txt")
  try files.link("public/inside.txt", to: "dir/b.txt")
  try files.link("public/dirlink", to: "dir")
  try files.link("public/absolute-inside.txt", to: files["public/a.txt"])
  try files.link("public/there-and-back.txt", to: "../public/a.txt")
  try files.link("public/escape.txt", to: "../secret/s.txt")
  try files.link("public/escape", to: "../secret")
  try files.link("public/absolute.txt", to: files["secret/s.txt"])
  try files.link("public/absolute", to: files["secret"])
  try files.link("public/proc", to: "/proc/self/root")
  try files.link("public/loop", to: "loop")
  try files.link("public/dangling", to: "nowhere")
}

@Suite struct ContainmentTests {
  private static let leaving = [
    "/escape.txt", "/escape/s.txt", "/escape", "/escape/", "/absolute.txt", "/absolute/s.txt", "/proc/etc/passwd",
  ]
  private static let staying = [
    ("/inside.txt", "deep"), ("/dirlink/b.txt", "deep"), ("/absolute-inside.txt", "public"), ("/there-and-back.txt", "public"),
  ]

  @Test func `links are followed within the root and not out of it`() async throws {
    try await Site.with(route("within_root"), prepare: fill) { (site, _) async throws in
      for (path, text) in Self.staying { #expect(try await site.get(path).text == text, "\(path)") }
      for path in Self.leaving + ["/loop", "/dangling"] {
        let reply = try await site.get(path)
        #expect(reply.status == 404, "\(path)")
        #expect(!reply.text.contains("secret"), "\(path)")
      }
    }
  }

  @Test func `deny answers no path through a link`() async throws {
    try await Site.with(route("deny"), prepare: fill) { (site, _) async throws in
      for path in Self.staying.map(\.0) + Self.leaving { #expect(try await site.get(path).status == 404, "\(path)") }
      #expect(try await site.get("/dir/b.txt").text == "deep")
    }
  }

  @Test func `follow goes wherever links lead`() async throws {
    try await Site.with(route("follow"), prepare: fill) { (site, _) async throws in
      #expect(try await site.get("/escape.txt").text == "secret")
      #expect(try await site.get("/absolute/s.txt").text == "secret")
      #expect(try await site.get("/loop").status == 404)
    }
  }

  @Test func `a path that climbs out of the root is refused before any file is looked at`() async throws {
    try await Site.with(route("within_root"), prepare: fill) { (site, _) async throws in
      #expect(try await site.get("/../secret/s.txt").status == 400)
      #expect(try await site.get("/%2e%2e/secret/s.txt").status == 400)
      #expect(try await site.get("/dir/../../secret/s.txt").status == 400)
      #expect(try await site.get("/dir/..%2F..%2Fsecret/s.txt").status == 404)
      #expect(try await site.get("/a.txt%00.png").status == 400)
      #expect(try await site.get("/dir/../a.txt").text == "public")
    }
  }

  @Test func `devices, sockets and FIFOs are 404 and hold nobody up`() async throws {
    try await Site.with(route("follow")) {
      try fill($0)
      #expect(mkfifo($0["public/fifo"], 0o644) == 0)
      try $0.link("public/null", to: "/dev/null")
      try $0.link("public/tty", to: "/dev/tty")
    } _: { (site, files) async throws in
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: files["public/socket"].utf8) }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
      #expect(bound == 0)
      for path in ["/fifo", "/null", "/tty", "/socket"] { #expect(try await site.get(path).status == 404, "\(path)") }
    }
  }

  @Test func `a listing shows no link that leads out`() async throws {
    try await Site.with(route("within_root"), prepare: fill) { (site, _) async throws in
      let page = try await site.get("/").text
      #expect(page.contains("./inside.txt"))
      #expect(page.contains("./absolute%2Dinside.txt") || page.contains("./absolute-inside.txt"))
      #expect(!page.contains("./escape"))
      #expect(!page.contains("./dangling"))
    }
  }

  @Test func `a directory that is replaced by a link out of the root is out of reach at the latest a second later`() async throws {
    try await Site.with(route("within_root"), prepare: fill) { (site, files) async throws in
      #expect(try await site.get("/dir/b.txt").text == "deep")
      try files.rename("public/dir", to: "secret/dir")
      try files.link("public/dir", to: "../secret/dir")
      // The content is still the very file that was within the root; which way leads to it is looked at again each second.
      let deadline = ContinuousClock.now + .seconds(30)
      while try await site.get("/dir/b.txt").status != 404 { try #require(ContinuousClock.now < deadline) }
    }
  }
}
