// The daemon's end of the control socket, on the control reactor.

import Glibc
import Reactor
import SystemPackage

/// Accepts those who may ask, and answers each with what `answer` comes to. Confined to its reactor's thread, which is
/// what makes it Sendable.
final class ControlServer: EventHandler, TimerTarget, @unchecked Sendable {
  /// Takes a request, and calls back once, from any thread.
  typealias Answer = (ControlRequest, @escaping @Sendable (ControlReply) -> Void) -> Void

  /// Nil once closed.
  private var listener: ControlListener?
  private let answer: Answer
  /// In the order in which they came.
  private var sessions: [ControlSession] = []
  private let isAllowed: (uid_t) -> Bool

  /// Those of one user who ask at once. There are two users: the daemon's and root.
  private static let mostSessionsOfUser = 8
  /// Those that are looked at in one turn of the loop.
  private static let acceptsPerTurn = 32
  /// How long those who ask are left in the kernel's queue where there is no descriptor for them.
  private static let pauseMilliseconds: Milliseconds = 200

  /// Binds and listens. A path left over by a process that is gone is replaced. Throws EADDRINUSE where another process
  /// answers on it, EEXIST where it is something else than a socket.
  ///
  /// - Parameter isAllowed: whether processes of a user may ask; this process's own and root's by default.
  init(
    _ address: ControlAddress, on reactor: Reactor, isAllowed: @escaping (uid_t) -> Bool = { $0 == geteuid() || $0 == 0 },
    answer: @escaping Answer
  ) throws(Errno) {
    self.isAllowed = isAllowed
    self.answer = answer
    let listener = try ControlListener(address)
    self.listener = listener
    try reactor.register(listener.descriptor, .readable, self)
  }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    guard let listener else { return }
    for _ in 0..<Self.acceptsPerTurn {
      do throws(Errno) {
        guard let accepted = try Syscalls.accept(listener.descriptor) else { return }
        open(accepted.takeDescriptor(), on: reactor)
      } catch {
        // ECONNABORTED: on to the next. Out of descriptors or memory: the rest waits a moment, and the loop does not
        // spin.
        if error == .connectionAbort { continue }
        reactor.setInterest([], of: listener.descriptor)
        _ = reactor.setTimer(after: Self.pauseMilliseconds, self)
        return
      }
    }
  }

  func timerFired(_ timer: TimerID, on reactor: Reactor) {
    if let listener { reactor.setInterest(.readable, of: listener.descriptor) }
  }

  /// Stops listening, and removes the path if it still is this socket's. Those who wait for an answer wait on.
  func close(on reactor: Reactor) {
    if let listener { reactor.deregister(listener.descriptor) }
    listener = nil
  }

  /// Lets those in who may ask; the others have their answer and are gone before they can hold anything.
  private func open(_ descriptor: consuming OwnedDescriptor, on reactor: Reactor) {
    guard let peer = try? Syscalls.peerCredentials(descriptor.rawValue) else { return }
    guard isAllowed(peer.userID) else {
      return Self.dismiss(descriptor, .failed(reason: "only root and the user of the daemon may ask"))
    }
    let own = sessions.filter { $0.userID == peer.userID }
    if own.count >= Self.mostSessionsOfUser {
      // One that has asked waits for its answer. One that has not makes room for one that may.
      guard let silent = own.first(where: { !$0.isAsked }) else {
        return Self.dismiss(descriptor, .failed(reason: "\(own.count) others of this user wait for an answer already"))
      }
      silent.end(on: reactor)
    }
    let session = ControlSession(descriptor, userID: peer.userID, server: self)
    sessions.append(session)
    session.begin(on: reactor)
  }

  /// Says why, as far as the socket takes it at once, and closes.
  private static func dismiss(_ descriptor: consuming OwnedDescriptor, _ reply: ControlReply) {
    _ = Array(reply.text.utf8).withUnsafeBytes { try? Syscalls.send(descriptor.rawValue, $0) }
  }

  fileprivate func ask(_ request: ControlRequest, _ reply: @escaping @Sendable (ControlReply) -> Void) { answer(request, reply) }

  fileprivate func forget(_ session: ControlSession) { sessions.removeAll { $0 === session } }
}

/// One who asks. Confined to the reactor's thread, which is what makes it Sendable.
private final class ControlSession: EventHandler, TimerTarget, @unchecked Sendable {
  private let descriptor: OwnedDescriptor
  let userID: uid_t
  private unowned let server: ControlServer
  private var question: [UInt8] = []
  private var answer: [UInt8] = []
  private var sent = 0
  /// Whether the question is here, and the answer due.
  private(set) var isAsked = false
  private var isOver = false
  private var deadline = TimerID.none

  /// For the question to arrive and, later, for the answer to be taken; the reload between them takes as long as it
  /// takes.
  private static let patience: Milliseconds = 10_000

  init(_ descriptor: consuming OwnedDescriptor, userID: uid_t, server: ControlServer) {
    self.descriptor = descriptor
    self.userID = userID
    self.server = server
  }

  func begin(on reactor: Reactor) {
    do throws(Errno) {
      try reactor.register(descriptor.rawValue, .readable, self)
    } catch {
      return server.forget(self)
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

  func end(on reactor: Reactor) {
    guard !isOver else { return }
    isOver = true
    reactor.cancelTimer(deadline)
    reactor.deregister(descriptor.rawValue)
    server.forget(self)
  }
}
