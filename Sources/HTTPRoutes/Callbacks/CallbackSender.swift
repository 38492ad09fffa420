// Sends callbacks: each by a task of its own on the thread of the request that caused it, which waits without holding
// anything but its place in the queue.

import Logging
import Reactor
import UpstreamClient

/// A callback that is ready to be sent.
struct PreparedCallback: Sendable {
  let request: UpstreamRequest
  /// Before the first attempt.
  let delay: Milliseconds
  let retries: Int
}

struct CallbackSender: Sendable {
  let route: String
  let policy: CallbackPolicy
  let queue: CallbackQueue
  let activity: RouteActivity
  let reactor: Reactor
  let logger: Logger
  let budget: DescriptorBudget

  /// The longest pause between two attempts.
  private static let maxPause: Milliseconds = 60_000

  /// Sends a callback in time, or drops it, and says so, where too many wait.
  func start(_ callback: PreparedCallback) {
    guard queue.enter(max: policy.maxWaiting) else {
      activity.callbackWasDropped()
      logger.warning(
        "a callback is dropped: as many wait as may", metadata: ["route": "\(route)", "max_waiting": "\(policy.maxWaiting)"])
      return
    }
    // Detached: it has nothing of the request, whose task ends before it.
    Task.detached(executorPreference: reactor) {
      defer { queue.leave() }
      await send(callback)
    }
  }

  private func send(_ callback: PreparedCallback) async {
    guard (try? await reactor.sleep(milliseconds: callback.delay)) != nil else { return }
    var pause = policy.retryPause.inMilliseconds
    for attempt in 0...callback.retries {
      let (outcome, isFinal) = await attemptOnce(callback.request)
      var metadata: Logger.Metadata = [
        "route": "\(route)", "method": "\(callback.request.method)", "url": "\(callback.request.origin)", "outcome": "\(outcome)",
      ]
      if case .answered(let status) = outcome, (200...299).contains(status) {
        activity.callbackWasSent()
        return logger.info("callback sent", metadata: metadata)
      }
      if isFinal || attempt == callback.retries {
        activity.callbackFailed()
        return logger.warning("callback failed", metadata: metadata)
      }
      metadata["next"] = "\(pause)ms"
      logger.info("callback failed, and is sent again", metadata: metadata)
      guard (try? await reactor.sleep(milliseconds: pause)) != nil else { return }
      pause = min(pause * 2, Self.maxPause)
    }
  }

  private enum Outcome: CustomStringConvertible {
    case answered(Int)
    case failed(UpstreamError)

    var description: String {
      switch self {
      case .answered(let status): "\(status)"
      case .failed(let error): error.reason
      }
    }
  }

  /// One attempt, and whether a further one would come to the same.
  private func attemptOnce(_ request: UpstreamRequest) async -> (Outcome, isFinal: Bool) {
    guard await ProxyDescriptors.shared.enter(budget) else { return (.failed(.cancelled), true) }
    defer { ProxyDescriptors.shared.leave() }
    do throws(UpstreamError) {
      let client = try UpstreamClients.client(on: reactor).get()
      let exchange = try await client.fetchWaiting(request, on: reactor)
      // Read to its end, so that the server sees no connection break; no redirect is followed.
      while (try? await exchange.nextChunk()) != nil {}
      let isPassing = exchange.status >= 500 || [408, 425, 429].contains(exchange.status)
      return (.answered(exchange.status), !isPassing)
    } catch {
      switch error {
      case .forbidden, .invalidRequest, .libraryMissing, .cancelled: return (.failed(error), true)
      default: return (.failed(error), false)
      }
    }
  }
}
