// What of the daemon is shown to a person: on a terminal, and not under a service manager or in a pipe.

import AsyncHTTPServer
import Glibc
import HTTPRoutes
import Reactor
import Synchronization

/// What of standard output and error a person looks at.
struct Screen: Sendable {
  let paintsOutput: Bool
  /// Whether standard error is a terminal.
  let showsErrors: Bool
  let paintsErrors: Bool
  /// The greeting and lines for requests; nil where nobody looks.
  let requests: RequestLines?

  init(_ options: DaemonOptions) {
    let isManaged = options.service.isPresent || options.service.logsToJournal || Confinement.isService
    showsErrors = !isManaged && Terminal.isTerminal(.error)
    paintsOutput = options.color.isOn(.output, environment: options.environment)
    paintsErrors = !options.service.logsToJournal && options.color.isOn(.error, environment: options.environment)
    requests = !isManaged && Terminal.isTerminal(.output) ? RequestLines(on: .output, isPainted: paintsOutput) : nil
  }

  /// The routes from now on, and whether an access log is written.
  func use(_ table: RouteTable, accessLog: Bool) {
    requests?.use(table)
    table.notesUnmatchedRequests(requests == nil || accessLog || !showsErrors)
  }

  /// What hears of requests: an access log has its own lines, wherever it goes.
  func observers(_ settings: Settings) -> [any RequestObserverSource] {
    guard settings.accessLog == nil, let requests else { return [] }
    return [requests]
  }
}

extension Daemon {
  /// Shows where the daemon is and how to go on. False where nobody looks, or where standard error goes elsewhere and is to
  /// have a line of its own. On the control thread.
  func greet() -> Bool {
    guard let requests = screen.requests else { return false }
    let (settings, addresses, admin) = state.withLock { ($0.settings, $0.listeners.flatMap(\.addresses), $0.admin?.address) }
    var text = PaintedText(isPainted: screen.paintsOutput)
    Greeting(
      version: AsyncHTTPD.version, addresses: addresses, kinds: settings.routes.map(\.kind), files: settings.files,
      admin: admin.map { ServedURL.url(of: $0) ?? "\($0)" }, isWatching: options.watchesFiles, processID: getpid()
    ).append(to: &text)
    requests.show(text)
    return screen.showsErrors
  }
}
