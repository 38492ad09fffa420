// What makes the callbacks of one route: once its answer is sent, each is rendered for the request, checked against the
// policy, and handed to a task of its own.

import AsyncHTTPServer
import HTTPCore
import Logging
import Reactor
import UpstreamClient

/// The callbacks of one answer.
final class CallbackPlan: Sendable {
  private let callbacks: [CallbackSettings]
  private let policy: CallbackPolicy
  private let context: ResponderContext
  let needsBody: Bool

  /// Nil for an answer without callbacks.
  init?(_ callbacks: [CallbackSettings], policy: CallbackPolicy, context: ResponderContext) {
    if callbacks.isEmpty { return nil }
    self.callbacks = callbacks
    self.policy = policy
    self.context = context
    needsBody = callbacks.contains { $0.needsBody }
  }

  /// Begins the callbacks of a request whose answer is sent. On the connection's thread.
  func start(for values: borrowing RequestValues, _ request: Request) {
    let sender = CallbackSender(
      route: context.id, policy: policy, queue: context.states.callbacks, activity: context.states.activity, reactor: request.reactor,
      logger: request.logger, budget: request.descriptorBudget)
    for callback in callbacks {
      do throws(CallbackRefusal) {
        guard let prepared = try prepare(callback, values) else { continue }
        sender.start(prepared)
      } catch {
        request.logger.warning("a callback is refused", metadata: ["route": "\(context.id)", "reason": "\(error.reason)"])
      }
    }
  }

  /// The request to send; nil where the template of the URL says nothing.
  private func prepare(
    _ callback: CallbackSettings, _ values: borrowing RequestValues
  ) throws(CallbackRefusal) -> PreparedCallback? {
    var run = context.makeRun()
    do throws(TemplateFailure) {
      guard let url = try callback.url.text(for: values, &run) else { return nil }
      var delay = callback.delay?.drawn(from: context.numbers)
      if case .template(let template)? = callback.delay {
        delay = try TemplateDuration.delay(template, for: values, &run).map { .milliseconds($0) }
      }
      var fields = callback.contentType.map { [FieldLine("Content-Type", $0)] } ?? []
      for line in callback.headers {
        guard let template = line.template else {
          fields.append(line.line)
          continue
        }
        guard let text = try template.text(for: values, &run) else { continue }
        fields.append(FieldLine(line.name, String(FieldSyntax.trimmed(text[...]))))
      }
      let body = try callback.body?.octets(for: values, &run)
      return try Self.checked(url, callback, fields, body, delay, policy)
    } catch {
      throw CallbackRefusal(error)
    }
  }

  private static func checked(
    _ url: String, _ callback: CallbackSettings, _ fields: [FieldLine], _ body: [UInt8]?, _ delay: Duration?, _ policy: CallbackPolicy
  ) throws(TemplateFailure) -> PreparedCallback {
    func refuse(_ reason: String) -> TemplateFailure { TemplateFailure(reason: .unsendable(reason), place: "") }
    guard let host = CallbackURL.host(of: url) else { throw refuse("\"\(url.excerpted)\" is not a URL of http or https") }
    guard policy.allows(host: host) else { throw refuse("\"\(host.excerpted)\" is not listed in callbacks.allow") }
    if let field = fields.first(where: { !FieldSyntax.isValidValue($0.value) }) {
      throw refuse("the value of \(field.name) would have a control character")
    }
    if let body, body.count > CallbackSettings.maxBodySize {
      throw refuse("its body is longer than \(CallbackSettings.maxBodySize >> 20) MiB")
    }
    let milliseconds = policy.timeout.inMilliseconds
    var request = UpstreamRequest(
      method: callback.method, url: url, headers: fields, body: body,
      timeouts: UpstreamRequest.Timeouts(connect: milliseconds, idle: milliseconds, total: milliseconds),
      maxBodySize: Int64(CallbackSettings.maxBodySize), keepsConnection: false)
    request.allowsAddress = { policy.allows(address: $0, of: host) }
    return PreparedCallback(request: request, delay: delay?.inMilliseconds ?? 0, retries: callback.retries)
  }
}

/// Why a callback is not sent.
struct CallbackRefusal: Error {
  let reason: String

  init(_ failure: TemplateFailure) {
    let text =
      switch failure.reason {
      case .missing(let name): "\(name) is missing"
      case .unsendable(let message): message
      }
    reason = failure.place.isEmpty ? text : "\(text), by the template at \(failure.place)"
  }
}
