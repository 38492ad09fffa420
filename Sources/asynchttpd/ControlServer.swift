// The daemon's end of the control socket, on the control reactor.

import Glibc
import Reactor
import SystemPackage

/// Accepts those who may ask, and answers each with what `answer` comes to. Confined to its reactor's thread.
final class ControlServer: EventHandler {
  /// Takes a request, and calls back once, from any thread.
  typealias Answer = (ControlRequest, @escaping @Sendable (ControlReply) -> Void) -> Void

  private let listener: OwnedDescriptor
  private let path: String?
  private let answer: Answer
  private var sessions: [ObjectIdentifier: ControlSession] = [:]

  /// Those who ask at once; a further one waits in the kernel's queue.
  private static let mostSessions = 16

  /// Binds and listens. A path left over by a process that is gone is replaced: only this user and root can have made it there.
  init(_ address: ControlAddress, on reactor: Reactor, answer: @escaping Answer) throws(Errno) {
    self.answer = answer
    listener = try Syscalls.socket(family: AF_UNIX)
    let descriptor = listener.rawValue
    if case .path(let path) = address {
      self.path = path
      _ = unlink(path)
    } else {
      path = nil
    }
    guard address.withSockaddr({ bind(descriptor, $0, $1) }) == 0 else { throw Errno(rawValue: errno) }
    if let path { _ = chmod(path, 0o600) }
    try Syscalls.listen(descriptor, backlog: Int32(Self.mostSessions))
    try reactor.register(descriptor, .readable, self)
  }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    while sessions.count < Self.mostSessions {
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(listener.rawValue) else { return }
        open(accepted.takeDescriptor(), on: reactor)
      } catch {
        // Out of descriptors, or gone already: whoever asks is told by the end of the stream, or asks again.
        return
      }
    }
    reactor.setInterest([], of: listener.rawValue)
  }

  private func open(_ descriptor: consuming OwnedDescriptor, on reactor: Reactor) {
    guard let peer = PeerCredentials(of: descriptor.rawValue) else { return }
    let session = ControlSession(descriptor, isAllowed: peer.userID == geteuid() || peer.userID == 0, server: self)
    sessions[ObjectIdentifier(session)] = session
    session.begin(on: reactor)
  }

  fileprivate func ask(_ request: ControlRequest, _ reply: @escaping @Sendable (ControlReply) -> Void) { answer(request, reply) }

  fileprivate func forget(_ session: ControlSession, on reactor: Reactor) {
    sessions[ObjectIdentifier(session)] = nil
    if sessions.count == Self.mostSessions - 1 { reactor.setInterest(.readable, of: listener.rawValue) }
  }

  /// Closes the socket and removes its path.
  func close(on reactor: Reactor) {
    reactor.deregister(listener.rawValue)
    if let path { _ = unlink(path) }
  }
}

/// One who asks. Confined to the reactor's thread, which is what makes it Sendable.
private final class ControlSession: EventHandler, TimerTarget, @unchecked Sendable {
  private let descriptor: OwnedDescriptor
  private let isAllowed: Bool
  private unowned let server: ControlServer
  private var question: [UInt8] = []
  private var answer: [UInt8] = []
  private var sent = 0
  private var isAsked = false
  private var isOver = false
  private var deadline = TimerID.none

  /// For the question to arrive and, later, for the answer to be taken; the reload between them takes as long as it takes.
  private static let patience: Milliseconds = 10_000

  init(_ descriptor: consuming OwnedDescriptor, isAllowed: Bool, server: ControlServer) {
    self.descriptor = descriptor
    self.isAllowed = isAllowed
    self.server = server
  }

  func begin(on reactor: Reactor) {
    do throws(Errno) {
      try reactor.register(descriptor.rawValue, .readable, self)
    } catch {
      return server.forget(self, on: reactor)
    }
    deadline = reactor.setTimer(after: Self.patience, self)
  }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    if !answer.isEmpty { return send(on: reactor) }
    // Once it has asked, all that can be reported is that it has gone: what it asked for is done all the same.
    if isAsked { return end(on: reactor) }
    receive(on: reactor)
  }

  private func receive(on reactor: Reactor) {
    let room = UnsafeMutableRawBufferPointer(rebasing: reactor.scratch[..<ControlRequest.longest])
    do throws(Errno) {
      guard let count = try Syscalls.receive(descriptor.rawValue, into: room) else { return }
      if count == 0 { return end(on: reactor) }
      question += room[..<count]
    } catch {
      return end(on: reactor)
    }
    guard let lineFeed = question.firstIndex(of: UInt8(ascii: "\n")) else {
      if question.count >= ControlRequest.longest { reply(.failed(reason: "the question is too long"), on: reactor) }
      return
    }
    guard isAllowed else { return reply(.failed(reason: "only root and the user of the daemon may ask"), on: reactor) }
    guard let request = ControlRequest(line: String(decoding: question[..<lineFeed], as: UTF8.self)) else {
      return reply(.failed(reason: "this daemon does not know that question"), on: reactor)
    }
    isAsked = true
    reactor.cancelTimer(deadline)
    reactor.setInterest([], of: descriptor.rawValue)
    server.ask(request) { [self] reply in
      reactor.execute { self.reply(reply, on: reactor) }
    }
  }

  private func reply(_ reply: ControlReply, on reactor: Reactor) {
    guard !isOver else { return }
    isAsked = true
    answer = Array(reply.text.utf8)
    reactor.cancelTimer(deadline)
    deadline = reactor.setTimer(after: Self.patience, self)
    send(on: reactor)
  }

  private func send(on reactor: Reactor) {
    do throws(Errno) {
      while sent < answer.count {
        let count = try Self.send(answer[sent...], descriptor.rawValue)
        guard let count else { return reactor.setInterest(.writable, of: descriptor.rawValue) }
        sent += count
      }
    } catch {
      // The command was interrupted; what it asked for is done all the same.
    }
    end(on: reactor)
  }

  private static func send(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) throws(Errno) -> Int? {
    let result: Result<Int?, Errno> = bytes.withUnsafeBytes { bytes in
      do throws(Errno) { return .success(try Syscalls.send(descriptor, bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) { end(on: reactor) }

  private func end(on reactor: Reactor) {
    guard !isOver else { return }
    isOver = true
    reactor.cancelTimer(deadline)
    reactor.deregister(descriptor.rawValue)
    server.forget(self, on: reactor)
  }
}
