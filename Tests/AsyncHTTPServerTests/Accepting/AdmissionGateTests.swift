// The gate without a socket: what it says to what was measured, and when.

import Reactor
import SystemPackage
import Testing

@testable import AsyncHTTPServer

@Suite struct AdmissionGateTests {
  typealias Steps = AdmissionGate.Steps

  /// What the rule says with so many descriptors open, at a limit of 100 and with 5 assumed for each request.
  private func room(open: Int, reservations: Int = 0) -> DescriptorBudget.Room {
    DescriptorBudget.rule(open: open, limit: 100, assuming: 5, reservations: reservations).room
  }

  @Test func `one below the limit is admitted, the limit and one above it are not`() {
    for (open, isOpen) in [(94, true), (95, false), (96, false)] {
      var gate = AdmissionGate()
      let steps = gate.measured(room(open: open), now: 7)
      #expect(gate.isOpen == isOpen && gate.isShut == !isOpen)
      let shut = Steps(episode: .began(.noRoom), shedsIdleConnection: true, watchesForRoom: true)
      #expect(steps == (isOpen ? .none : shut))
    }
  }

  @Test func `room that is promised leaves the gate unshut, and lets reservations lapse`() {
    var gate = AdmissionGate()
    #expect(gate.measured(room(open: 89, reservations: 1), now: 0) == .none)
    #expect(gate.measured(room(open: 90, reservations: 1), now: 0) == Steps(watchesForRoom: true, lapsesReservations: true))
    #expect(gate.phase == .promised && gate.episodeCount == 0)
    #expect(gate.shedsBeforeRecheck && gate.recheckDelay == ReservedRoom.term / 2)
    #expect(gate.recheck(now: 10) { .promised } == Steps(watchesForRoom: true, lapsesReservations: true))
    #expect(gate.recheck(now: 20) { .enough } == Steps(admitsWaiters: true))
    #expect(gate.isOpen)
  }

  @Test func `promised room that is used shuts the gate`() {
    var gate = AdmissionGate()
    _ = gate.measured(.promised, now: 0)
    #expect(gate.roomMayHaveCome(.none, now: 5).episode == .began(.noRoom))
    #expect(gate.isShut && gate.recheckDelay == AdmissionGate.recheckInterval)
  }

  @Test func `a shut gate that finds promised room does not open before that room is there`() {
    var gate = AdmissionGate()
    _ = gate.measured(.none, now: 0)
    #expect(gate.measured(.promised, now: 1).lapsesReservations)
    #expect(gate.isShut)
    #expect(gate.roomMayHaveCome(.promised, now: 2) == Steps(watchesForRoom: true, lapsesReservations: true))
    #expect(gate.phase == .promised)
    #expect(gate.roomMayHaveCome(.enough, now: 3) == Steps(admitsWaiters: true))
  }

  @Test func `room at an open gate changes nothing`() {
    var gate = AdmissionGate()
    #expect(gate.roomMayHaveCome(.none, now: 0) == .none)
    #expect(gate.recheck(now: 0) { .none } == .none)
    #expect(gate == AdmissionGate())
  }

  @Test(arguments: [
    (Errno.tooManyOpenFiles, AdmissionGate.AcceptFailure.resources), (.tooManyOpenFilesInSystem, .resources),
    (.noBufferSpace, .resources), (.noMemory, .resources), (.badFileDescriptor, .listener), (.invalidArgument, .listener),
    (.notSocket, .listener), (.notSupported, .listener), (.connectionAbort, .connection), (.protocolError, .connection),
    (.networkDown, .connection), (.hostIsDown, .connection), (.networkUnreachable, .connection), (.permissionDenied, .connection),
  ])
  func `an error of accept is the connection's, the kernel's or the listener's`(error: Errno, failure: AdmissionGate.AcceptFailure) {
    #expect(AdmissionGate.AcceptFailure(error) == failure)
    var gate = AdmissionGate()
    let steps = gate.acceptFailed(error, now: 0)
    switch failure {
    case .connection:
      #expect(steps == .none && gate == AdmissionGate())
    case .resources:
      #expect(steps.episode == .began(.acceptFailed(error)) && gate.isShut && gate.backoff == AdmissionGate.firstBackoff)
    case .listener:
      #expect(steps.episode == .began(.acceptFailed(error)) && gate.isShut && gate.backoff == AdmissionGate.maxBackoff)
    }
  }

  @Test func `the pause doubles from 5 ms to 1 s, and a success ends it`() {
    var gate = AdmissionGate()
    var pauses: [Milliseconds] = []
    for _ in 0..<10 {
      _ = gate.acceptFailed(.tooManyOpenFiles, now: 0)
      #expect(gate.onlyTimeTells)
      pauses.append(gate.recheckDelay)
      #expect(gate.recheck(now: 0) { .enough } == Steps(admitsWaiters: true))
    }
    #expect(pauses == [50, 50, 50, 50, 80, 160, 320, 640, 1000, 1000])
    gate.connectionAccepted()
    #expect(!gate.onlyTimeTells)
    _ = gate.acceptFailed(.noMemory, now: 0)
    #expect(gate.backoff == 5)
  }

  @Test func `a gate that turns with every connection is one episode, until it was open for a second`() {
    var gate = AdmissionGate()
    #expect(gate.measured(.none, now: 100).episode == .began(.noRoom))
    for now in Milliseconds(101)..<200 {
      #expect(gate.roomMayHaveCome(.enough, now: now) == Steps(admitsWaiters: true))
      #expect(gate.measured(.none, now: now).episode == nil)
    }
    #expect(gate.episodeCount == 1 && gate.episodeBegan == 100)
    #expect(gate.roomMayHaveCome(.enough, now: 300) == Steps(admitsWaiters: true))
    #expect(gate.recheck(now: 300 + AdmissionGate.rest) { .none } == Steps(episode: .ended(after: 1200)))
    #expect(gate.recheck(now: 2000) { .none } == .none)
    #expect(gate.acceptFailed(.noMemory, now: 3000).episode == .began(.acceptFailed(.noMemory)))
    #expect(gate.episodeCount == 2 && gate.episodeBegan == 3000)
  }
}
