// The server at its limit of descriptors, with real limits (setrlimit(2)) and real connections: each test is a process of its own.

import AsyncHTTPServer
import Glibc
import Logging
import Reactor
import Synchronization
import SystemPackage
import Testing

@Suite struct DescriptorsAtTheLimitTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let assumed = 5

  @Test func `exactly as many connections are accepted as fit, and the next waits for one to end`() async {
    await #expect(processExitsWith: .success) {
      for fitting in [1, 7, 8, 9, 30] {
        try await Limited.serving { limited in
          var wires: [Wire] = []
          for _ in 0...fitting {
            let wire = try await Wire.connect(to: limited.address)
            try await wire.send(Self.get)
            wires.append(wire)
          }
          // The kernel has queued them all: open + assumed stays below the limit for `fitting` more.
          try Limited.allow(fitting + Self.assumed)
          limited.beginServing(assuming: Self.assumed)
          await limited.awaitHandlers(fitting)
          await limited.awaitGateLine()
          #expect(limited.begunHandlers == fitting)
          #expect(limited.server.metrics.acceptedConnections == fitting)

          // One ends: its place is taken, and nobody was refused.
          limited.release(1)
          await limited.awaitHandlers(fitting + 1)
          limited.release(fitting)
          for wire in wires {
            #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
            wire.close()
          }
          #expect(limited.mostHandlersAtOnce == fitting)
          #expect(limited.server.metrics.openConnections <= fitting)
        }
      }
    }
  }

  @Test func `clients that have left the queue take no room from those who wait in it`() async {
    await #expect(processExitsWith: .success) {
      try await Limited.serving { limited in
        let left = 1...3
        var wires: [Wire] = []
        for number in 0...4 {
          let wire = try await Wire.connect(to: limited.address)
          try await wire.send(Self.get)
          if left.contains(number) { wire.shutdownSending() }
          wires.append(wire)
        }
        try Limited.allow(1 + Self.assumed)
        limited.beginServing(assuming: Self.assumed)
        await limited.awaitHandlers(1)
        await limited.awaitGateLine()
        // Enough for those who are still there.
        limited.release(2)
        for (number, wire) in wires.enumerated() {
          if left.contains(number) {
            #expect(try await wire.receiveAll().hasPrefix("HTTP/1.1 503 "))
          } else {
            #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
          }
          wire.close()
        }
        #expect(limited.begunHandlers == 2)
      }
    }
  }

  @Test func `one episode at the limit is one line of log`() async {
    await #expect(processExitsWith: .success) {
      try await Limited.serving { limited in
        var wires: [Wire] = []
        for _ in 0..<20 {
          let wire = try await Wire.connect(to: limited.address)
          try await wire.send(Self.get)
          wires.append(wire)
        }
        try Limited.allow(1 + Self.assumed)
        limited.beginServing(assuming: Self.assumed)
        await limited.awaitHandlers(1)
        await limited.awaitGateLine()
        // However often it is looked whether there is room, the state has not changed.
        for _ in 0..<1000 { await limited.server.awaitTurn() }
        #expect(limited.gateLines == 1)
        limited.release(20)
        for wire in wires {
          #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
          wire.close()
        }
        // Each further line is a further episode, as the metrics have it.
        #expect(limited.gateLines == limited.server.metrics.gateClosures)
      }
    }
  }

  @Test func `a socket that a handler leaks is seen in the count, and its close by anybody as well`() async {
    await #expect(processExitsWith: .success) {
      let leaked = Mutex<[Int32]>([])
      let leak: @Sendable () -> (any Sendable)? = {
        leaked.withLock { $0.append(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)) }
        return nil
      }
      try await Limited.serving(inHandler: leak) { limited in
        limited.release(1000)
        limited.beginServing(assuming: Self.assumed)
        try Limited.allow(12 + Self.assumed)
        // Each on a connection of its own, until the leaks have used up the room.
        var answered = 0
        while limited.gateLines == 0 {
          _ = try await roundTrip(limited.address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
          answered += 1
          try #require(answered < 50)
          if !limited.server.shouldAcceptRequest(assumedDescriptorsPerRequest: Self.assumed) { break }
        }
        #expect(leaked.withLock { $0.count } >= answered)
        let waiting = try await Wire.connect(to: limited.address)
        try await waiting.send(Self.get)
        await limited.awaitGateLine()
        #expect(!limited.server.shouldAcceptRequest(assumedDescriptorsPerRequest: Self.assumed))
        // Closed behind the server's back.
        for descriptor in leaked.withLock({ leaked in
          defer { leaked = [] }; return leaked
        }) { Glibc.close(descriptor) }
        #expect(try await waiting.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
        waiting.close()
        for descriptor in leaked.withLock({ $0 }) { Glibc.close(descriptor) }
      }
    }
  }

  @Test func `a handler finds all the descriptors that were assumed for it`() async {
    await #expect(processExitsWith: .success) {
      try await DispatchThreads.standingStill { executor in
        for held in [1, 5, 20] {
          let failures = Counter()
          try await Limited.serving(on: executor, inHandler: Held.opening(held, failures)) { limited in
            limited.release(1000)
            var wires: [Wire] = []
            for _ in 0..<30 {
              let wire = try await Wire.connect(to: limited.address)
              try await wire.send(Self.get)
              wires.append(wire)
            }
            // One connection and what its handler holds, exactly: the next is accepted when both are gone.
            try Limited.allow(1 + held)
            limited.beginServing(assuming: held)
            for wire in wires { #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 ")) }
            // Not before: the clients' descriptors are this process's too, and would make room.
            for wire in wires { wire.close() }
            #expect(limited.mostHandlersAtOnce == 1)
          }
          #expect(failures.count == 0, "holding \(held)")
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `connections that come in one turn are not promised the same descriptors`(inLoopOfOnesOwn: Bool) async {
    await #expect(processExitsWith: .success) { [inLoopOfOnesOwn] in
      try await DispatchThreads.standingStill { executor in
        for held in [1, 5, 20] {
          let failures = Counter()
          try await Limited.serving(on: executor, inHandler: Held.opening(held, failures)) { limited in
            var wires: [Wire] = []
            for _ in 0..<24 {
              let wire = try await Wire.connect(to: limited.address)
              try await wire.send(Self.get)
              wires.append(wire)
            }
            // Room for three and all that their handlers open, exactly; the rule by itself would let in more before they have opened it.
            let fitting = 3
            try Limited.allow(fitting * (1 + held))
            if inLoopOfOnesOwn { limited.beginLoop(assuming: held) } else { limited.beginServing(assuming: held) }
            for begun in fitting..<wires.count {
              await limited.awaitHandlers(begun)
              limited.release(1)
            }
            limited.release(fitting)
            for wire in wires { #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 ")) }
            for wire in wires { wire.close() }
            #expect(limited.mostHandlersAtOnce == fitting)
          }
          #expect(failures.count == 0, "holding \(held)")
        }
      }
    }
  }

  @Test func `room is reserved until the answer begins, and an idle connection reserves none`() async {
    await #expect(processExitsWith: .success) {
      let server = AsyncHTTPServer(configuration: .forTests)
      let address = try server.listen(port: 0, address: "127.0.0.1")
      // Whether there is room for exactly as much as is free, by the kernel's count. Of a few looks, for those between which libdispatch has opened
      // something.
      let isAllFree: @Sendable () -> Bool = {
        (0..<5).contains { _ in
          guard let open = ProcessDescriptors.openCount() else { return false }
          return server.shouldAcceptRequest(assumedDescriptorsPerRequest: server.descriptorLimit - open - 1)
        }
      }
      // What is open stands still while a handler looks: the client waits for what it saw.
      let (answers, seen) = AsyncStream.makeStream(of: [Bool].self)
      var nextAnswer = answers.makeAsyncIterator()
      let serving = Task {
        try await server.serve { request in
          let before = isAllFree()
          defer { seen.yield([before, isAllFree()]) }
          try await request.respond(.ok, "done")
        }
      }
      var wires: [Wire] = []
      for _ in 0..<10 {
        let wire = try await Wire.connect(to: address)
        for _ in 0..<2 {
          try await wire.send(Self.get)
          _ = try await wire.receive(through: "done")
          #expect(await nextAnswer.next() == [false, true])
        }
        wires.append(wire)
      }
      #expect(isAllFree())
      for wire in wires { wire.close() }
      server.close()
      try await serving.value
    }
  }

  @Test func `EMFILE at accept is waited out, and the connection served`() async {
    await #expect(processExitsWith: .success) {
      try await DispatchThreads.standingStill { executor in
        try await Limited.serving(on: executor) { limited in
          limited.release(1)
          let wire = try await Wire.connect(to: limited.address)
          try await wire.send(Self.get)
          // Who pulls has chosen not to ask for room, so that accept4(2) itself meets the limit.
          let used = try Limited.useUp()
          let server = limited.server
          async let accepted: Void = server.acceptRequest { try await limited.handle($0) }
          await limited.awaitGateLine()
          #expect(limited.gateLines == 1)
          for descriptor in used { Glibc.close(descriptor) }
          try await accepted
          #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
          wire.close()
        }
      }
    }
  }

  @Test func `EMFILE at the open of a file is the handler's error, and the connection lives`() async {
    await #expect(processExitsWith: .success) {
      try await DispatchThreads.standingStill { executor in
        let used = Mutex<[Int32]>([])
        let errors = Mutex<[String]>([])
        try await withServer { request in
          if request.target.path == "/full" { used.withLock { used in used = (try? Limited.useUp()) ?? [] } }
          defer {
            for descriptor in used.withLock({ used in
              defer { used = [] }; return used
            }) { Glibc.close(descriptor) }
          }
          do {
            try await request.respond(.ok, .file("/proc/self/../../etc/passwd"))
          } catch {
            errors.withLock { $0.append("\(error)") }
            throw error
          }
        } _: { _, address in
          let wire = try await Wire.connect(to: address)
          defer { wire.close() }
          try await wire.send("GET /full HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try await wire.receive(through: "\n").hasPrefix("HTTP/1.1 500 "))
          try await wire.send("GET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
          #expect(try await wire.receiveAll().contains("HTTP/1.1 200 "))
        }
        #expect(errors.withLock { $0.count == 1 && $0[0].contains("Too many open files") })
      }
    }
  }

  #if DEBUG
  @Test(arguments: [Errno.tooManyOpenFilesInSystem, .tooManyOpenFiles, .noBufferSpace, .noMemory].map(\.rawValue))
  func `a kernel short of something at accept is waited out`(_ code: CInt) async {
    await #expect(processExitsWith: .success) { [code] in
      try await Limited.serving { limited in
        limited.release(1)
        try await FaultInjection.with({ call, ordinal in call == .accept4 && ordinal <= 3 ? Errno(rawValue: code) : nil }) {
          limited.beginServing(assuming: 5)
          let wire = try await Wire.connect(to: limited.address)
          try await wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try await wire.receive(through: "done").hasPrefix("HTTP/1.1 200 "))
          wire.close()
        }
        #expect(limited.gateLines == limited.server.metrics.gateClosures)
        #expect(limited.gateLines >= 1)
      }
    }
  }
  #endif

  /// A descriptor in an array.
  private final class Held: Sendable {
    private let descriptor: OwnedDescriptor
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// What a handler does that needs `count` files together: opens them over several turns of the loop, in which further connections could
    /// be accepted.
    static func opening(_ count: Int, _ failures: Counter) -> @Sendable () async -> (any Sendable)? {
      {
        var files: [Held] = []
        do {
          for _ in 0..<count {
            files.append(Held(try Syscalls.open("/dev/null", flags: O_RDONLY)))
            await Task.yield()
          }
        } catch {
          failures.add()
        }
        return files
      }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
  }
}
