// One listening socket, as the acceptor watches it.

import Reactor
import SystemPackage

/// Confined to the acceptor's thread.
final class ListenerWatch: EventHandler {
  private unowned let acceptor: Acceptor
  let socket: ListeningSocket
  let context: ListenerContext
  private var isRegistered = false
  private(set) var isArmed = false
  /// How many turns in a row have found connections waiting, and the latest of them.
  private var streak = 0
  private var latestTurn: UInt64 = 0
  /// Whether it was logged that the kernel refuses to watch it.
  private(set) var isFailing = false

  /// So many turns in a row with connections waiting make a crowd.
  private static let turnsToCrowd = 8

  init(_ socket: consuming ListeningSocket, handler: HandlerBox?, _ acceptor: Acceptor) {
    context = ListenerContext(address: socket.localAddress, handler: handler)
    self.socket = socket
    self.acceptor = acceptor
  }

  var descriptor: Int32 { socket.descriptor.rawValue }

  /// Whether connections come faster than they are taken one by one.
  var isCrowded: Bool { streak >= Self.turnsToCrowd }

  func descriptorReady(_ readiness: Readiness, on reactor: Reactor) {
    streak = reactor.turnCount == latestTurn &+ 1 ? streak + 1 : 0
    latestTurn = reactor.turnCount
    acceptor.connectionsWait(on: self)
  }

  func queueIsEmpty() { streak = 0 }

  /// Watches the socket for connections, or not. Throws ENOMEM or ENOSPC where the kernel has no memory or no watches
  /// left (epoll_ctl(2)): the watch stays as it was.
  func arm(_ wanted: Bool, on reactor: Reactor) throws(Errno) {
    isFailing = true
    if isRegistered {
      try reactor.changeInterest(wanted ? [.readable] : [], of: descriptor)
    } else {
      try reactor.register(descriptor, wanted ? [.readable] : [], self)
      isRegistered = true
    }
    isArmed = wanted
    isFailing = false
  }
}
