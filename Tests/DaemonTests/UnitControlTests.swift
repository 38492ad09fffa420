import Foundation
import Reactor
import SystemPackage
import Testing

@testable import asynchttpd

@Suite struct ControlTests {
  @Test(arguments: [
    ControlReply.done(summary: "+2 routes"), .failed(reason: "the daemon is draining"),
    .report("{\"a\": 1}"), .refused(headline: "2 errors", details: "a.yaml:1:1: error: x\n    1 | x\n      | ^\n"),
    .refused(headline: "1 error", details: ""),
  ])
  func `an answer is read as it was written`(_ reply: ControlReply) {
    #expect(ControlReply(text: reply.text) == reply)
  }

  @Test(arguments: ["", "ok", "ok: half", "what: ever\n", "report:\n", "report:\n{\"a\""])
  func `what breaks off or is no answer is none`(_ text: String) {
    #expect(ControlReply(text: text) == nil)
  }

  @Test func `a summary stays one line`() {
    #expect(ControlReply.done(summary: "a\nrefused: b").text == "ok: a\\nrefused: b\n")
  }

  @Test func `diagnostics beyond the bound are cut at a line`() throws {
    let details = String(repeating: String(repeating: "x", count: 99) + "\n", count: 20_000)
    let text = ControlReply.refused(headline: "many", details: details).text
    #expect(text.utf8.count <= ControlReply.longest)
    #expect(text.hasSuffix("xx\n… and more\n"))
  }

  @Test(arguments: [ControlRequest.reload, .status, .reset([]), .reset(["jobs"]), .reset(["GET /a b", "", "order"])])
  func `a question is read as it was written`(_ request: ControlRequest) {
    #expect(ControlRequest(line: String(request.line.dropLast())) == request)
  }

  @Test func `what is no question is none`() {
    #expect(ControlRequest(line: "reload now") == nil)
    #expect(ControlRequest(line: "reload\ta") == nil)
    #expect(ControlRequest(line: "resets") == nil)
    #expect(ControlRequest(line: "") == nil)
  }

  @Test func `the socket lies in the first runtime directory, else it has an abstract name`() {
    #expect(ControlAddress(processID: 7, runtimeDirectory: "/run/a:/run/b") == .path("/run/a/control.sock"))
    #expect(ControlAddress(processID: 7, runtimeDirectory: nil) == .abstract("asynchttpd-control-7"))
    #expect(ControlAddress(processID: 7, runtimeDirectory: "") == .abstract("asynchttpd-control-7"))
    #expect(ControlAddress(processID: 7, runtimeDirectory: "/" + String(repeating: "x", count: 200)) == .abstract("asynchttpd-control-7"))
  }

  // MARK: - Over a socket

  /// A control server of this very process.
  func serve(answering reply: ControlReply) async throws -> Reactor {
    let reactor = try Reactor(name: "control")
    reactor.start()
    let failure = await reactor.run { () -> Errno? in
      do throws(Errno) {
        _ = try ControlServer(ControlAddress(processID: getpid(), runtimeDirectory: nil), on: reactor) { _, answer in
          // From another thread, as a reload's end comes.
          Thread.detachNewThread { answer(reply) }
        }
        return nil
      } catch {
        return error
      }
    }
    #expect(failure == nil)
    return reactor
  }

  /// One test, since both use the name of this process.
  @Test func `a question is answered, a long answer whole, and nonsense is refused`() async throws {
    let long = ControlReply.refused(headline: "many", details: String(repeating: "a.yaml:1:1: error: x\n", count: 20_000))
    let reactor = try await serve(answering: long)
    defer { reactor.stop() }
    #expect(try ControlClient(processID: getpid()).ask(.reload) == long)

    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let address = try #require(ControlAddress(processID: getpid(), runtimeDirectory: nil).socketAddress)
    try Syscalls.connect(descriptor, address)
    let nonsense = Array("what?\n".utf8)
    #expect(send(descriptor, nonsense, nonsense.count, 0) == nonsense.count)
    var buffer = [UInt8](repeating: 0, count: 4096)
    var answer: [UInt8] = []
    while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
    #expect(String(decoding: answer, as: UTF8.self) == "failed: this daemon does not know that question\n")
  }

  @Test func `a process that is no daemon is named as such`() throws {
    #expect(throws: ControlClient.Unreachable.self) { try ControlClient(processID: 1).ask(.reload) }
  }
}
