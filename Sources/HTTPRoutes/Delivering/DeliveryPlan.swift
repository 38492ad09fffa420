// What decides, for each request of a route, how its answer travels: the route's own delivery, and the faults that may
// befall it. A route without either has no plan, and its answers are sent at once.
//
//   faults, chance by chance ── none hits ───────────────▶ the route's answer, by the route's delivery
//                            └─ one hits ─ an answer ────▶ that answer, by a delivery of its own
//                                        └ anything else ▶ the route's answer, later, slower or broken

import AsyncHTTPServer
import Logging

/// An answer that is ready to be made, and what follows it.
struct PlannedAnswer: Sendable {
  let responder: any Responder
  /// What is sent elsewhere once the answer has been; nil for nothing.
  let callbacks: CallbackPlan?

  var needsBody: Bool { responder.needsBody || callbacks?.needsBody == true }
}

/// The plan of one route.
package final class DeliveryPlan: Sendable {
  /// What was decided for one request.
  struct Choice {
    let delivery: Delivery
    let answer: PlannedAnswer
    /// The fault that befalls the answer, as the log has it; nil for none.
    var fault: String?
  }

  private struct Chance {
    let chance: Double
    let answer: PlannedAnswer?
    let delivery: DeliverySettings
    let label: String
  }

  private let id: String
  private let context: ResponderContext
  /// Whether a delay or an answer of a fault depends on the request's body.
  let needsBody: Bool
  private let delivery: DeliverySettings
  private let answer: PlannedAnswer
  private let chances: [Chance]
  private let numbers: any NumberSource
  /// Nil for a route without faults.
  private let counts: FaultCounts?

  /// Nil for a route whose answers all travel at once, as fast as they can, and whole.
  ///
  /// - Parameters:
  ///   - answer: of the route.
  ///   - context: of the route.
  ///   - makeAnswer: makes that of a fault.
  init?(
    _ settings: RouteSettings, answer: PlannedAnswer, context: ResponderContext, makeAnswer: (AnswerSettings) -> PlannedAnswer
  ) {
    if settings.answer.delivery.isPlain, settings.faults.isEmpty { return nil }
    id = settings.id
    self.context = context
    delivery = settings.answer.delivery
    self.answer = answer
    numbers = context.numbers
    chances = settings.faults.map { fault in
      Chance(
        chance: fault.chance, answer: fault.answer.map(makeAnswer), delivery: fault.answer?.delivery ?? fault.delivery,
        label: fault.label)
    }
    let delays = [delivery.delay] + chances.map(\.delivery.delay)
    needsBody =
      chances.contains { $0.answer?.needsBody == true }
      || delays.contains { if case .template(let template) = $0 { template.needsBody } else { false } }
    let labels = chances.map(\.label) + (delivery.fault.map { ["fault \($0.spelling)"] } ?? [])
    counts =
      labels.isEmpty ? nil : context.states.state(of: settings.id, definition: labels) { FaultCounts(route: settings.id, labels: labels) }
  }

  /// Decides for one request. A fault that is chosen counts from here on. Throws where a delay is none.
  func choose(for request: borrowing RequestValues) throws(TemplateFailure) -> Choice {
    // Each fault is drawn for, whether or not an earlier one hits, until one does.
    guard let hit = chances.firstIndex(where: { numbers.fraction() < $0.chance }) else { return try own(request, nil, nil) }
    let chance = chances[hit]
    guard let answer = chance.answer else { return try own(request, chance, hit) }
    let wait = try delay(chance.delivery.delay, request)
    counts?.count(hit)
    return Choice(
      delivery: Delivery(wait: wait, rate: chance.delivery.throttle, fault: chance.delivery.fault), answer: answer,
      fault: chance.label)
  }

  /// The route's own answer, with what befalls it.
  private func own(_ request: borrowing RequestValues, _ chance: Chance?, _ hit: Int?) throws(TemplateFailure) -> Choice {
    let late = try delay(chance?.delivery.delay, request)
    let wait = try delay(delivery.delay, request)
    if let hit { counts?.count(hit) }
    var label = chance?.label
    if label == nil, let fault = delivery.fault {
      label = "fault \(fault.spelling)"
      counts?.count(chances.count)
    }
    return Choice(
      delivery: Delivery(
        wait: late.map { $0 + (wait ?? .zero) } ?? wait, rate: chance?.delivery.throttle ?? delivery.throttle,
        fault: chance?.delivery.fault ?? delivery.fault),
      answer: answer, fault: label)
  }

  private func delay(_ delay: AnswerDelay?, _ request: borrowing RequestValues) throws(TemplateFailure) -> Duration? {
    switch delay {
    case nil: nil
    case .recorded: answer.responder.recordedDuration(request)
    case .template(let template): try written(template, request)
    case .fixed, .between, .logNormal: delay?.drawn(from: numbers)
    }
  }

  private func written(_ template: Template, _ request: borrowing RequestValues) throws(TemplateFailure) -> Duration? {
    var run = context.makeRun()
    return try TemplateDuration.delay(template, for: request, &run).map { .milliseconds($0) }
  }

  /// Tells the log of a fault, so that nobody looks for a mistake that the configuration asks for.
  func report(_ fault: String, _ request: Request) {
    request.attribute(to: AnswerOutcome.fault)
    request.logger.info("a fault that the configuration asks for", metadata: ["route": "\(id)", "fault": "\(fault)"])
  }
}

extension RouteTable {
  /// How often the faults of the routes have hit, by route. From any thread.
  package var faultCounts: [FaultCounts] { states.all(FaultCounts.self) }
}
