import Foundation
import SystemPackage
import Testing

private let yaml = "routes:\n  - path: /**\n    static: ROOT/public\n"

/// On both sides of what is kept in memory, and small enough to change often while one is sent.
private let sizes = [1, 3_000, 65_536, 65_537, 200_000, 1_000_000]

@Suite struct FileRaceTests {
  /// Asks for the file again and again while `change` is at work on it from another thread, and checks each answer.
  private func asking(
    _ site: Site, _ fields: [String], change: @escaping @Sendable (Int) throws -> Void, check: (Reply) throws -> Void
  ) async throws {
    let isOver = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let result: Result<Void, any Error> = await onOwnThread {
          Result {
            var number = 0
            while isOver.value == 0 {
              try change(number)
              number += 1
            }
          }
        }
        try result.get()
      }
      defer { isOver.add() }
      for number in 0..<300 {
        do {
          // An answer whose length is not what it says is thrown as Malformed.
          try check(try await site.get("/changing.bin", fields[number % fields.count]))
        } catch let error as Errno {
          // Begun and then found out: reset.
          #expect(error == .connectionReset)
        }
      }
      isOver.add()
      try await group.waitForAll()
    }
  }

  private static let fields = ["X-Plain: 1", "Range: bytes=10-", "Range: bytes=0-0,100-70000", "Range: bytes=-500"]

  @Test func `a file that is cut short and grows while it is sent is never sent with a wrong length`() async throws {
    try await Site.with(yaml) {
      try $0.write([UInt8](repeating: 1, count: sizes[5]), to: "public/changing.bin")
    } _: { (site, files) async throws in
      try await asking(site, Self.fields) {
        try files.setSize("public/changing.bin", sizes[$0 % sizes.count])
      } check: { reply in
        #expect([200, 206, 416].contains(reply.status))
      }
    }
  }

  @Test func `a file that is replaced while it is sent is sent whole, in one of its states`() async throws {
    try await Site.with(yaml) {
      try $0.write([UInt8](repeating: 0, count: sizes[0]), to: "public/changing.bin")
    } _: { (site, files) async throws in
      try await asking(site, ["X-Plain: 1"]) { number in
        let index = number % sizes.count
        try files.write([UInt8](repeating: UInt8(index), count: sizes[index]), to: "public/next.bin")
        try files.rename("public/next.bin", to: "public/changing.bin")
      } check: { reply in
        #expect(reply.status == 200)
        let state = try #require(reply.body.first)
        #expect(reply.body == [UInt8](repeating: state, count: sizes[Int(state)]))
      }
    }
  }

  @Test func `a file that comes and goes is there or not, and nothing in between`() async throws {
    let content = [UInt8](repeating: 7, count: 100_000)
    try await Site.with(yaml) {
      try $0.makeDirectory("public")
    } _: { (site, files) async throws in
      try files.write(content, to: "spare.bin")
      try await asking(site, ["X-Plain: 1"]) { number in
        if number % 2 == 0 {
          try files.rename("spare.bin", to: "public/changing.bin")
        } else {
          try files.rename("public/changing.bin", to: "spare.bin")
        }
      } check: { reply in
        #expect(reply.status == 404 || (reply.status == 200 && reply.body == content))
      }
    }
  }

  @Test func `eight large downloads starve nobody`() async throws {
    try await Site.with(yaml) {
      try $0.write("small", to: "public/small.txt")
      try $0.write("", to: "public/large.bin")
      // Sparse, and far more than can be sent while the small ones are asked for.
      try $0.setSize("public/large.bin", 1 << 40)
    } _: { (site, _) async throws in
      let isOver = Counter()
      let progress = (0..<8).map { _ in Counter() }
      try await withThrowingTaskGroup(of: Int.self) { group in
        for counter in progress {
          group.addTask { try await site.download("/large.bin", progress: counter) { isOver.value == 0 } }
        }
        _ = try await eventually { () async throws -> Bool? in
          _ = try await site.get("/small.txt")
          return progress.allSatisfy { $0.value > 0 } ? true : nil
        }
        for _ in 0..<20 { #expect(try await site.get("/small.txt").text == "small") }
        isOver.add()
        for try await count in group { #expect(count < 1 << 40) }
      }
    }
  }
}
