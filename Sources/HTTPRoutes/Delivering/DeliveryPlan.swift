// What decides, for each request of a route, how its answer travels: the answer's own way, and the faults that may
// befall it. A route without either has no plan, and its answers are sent at once.
//
//   faults, chance by chance ── none hits ───────────────▶ the route's answer, on its own way
//                            └─ one hits ─ an answer ────▶ that answer, on a way of its own
//                                        └ anything else ▶ the route's answer, later, slower or broken

import AsyncHTTPServer
import Logging

/// The plan of one route.
package final class DeliveryPlan: Sendable {
  /// What was decided for one request.
  struct Choice {
    let delivery: Delivery
    /// What answers in place of the route; nil: the route.
    var replacement: (any Responder)?
    /// What is sent once the answer has been; nil for nothing.
    let callbacks: CallbackPlan?
    /// The fault that befalls the answer, as the log has it; nil for none.
    let fault: String?
  }

  private struct Chance {
    let chance: Double
    /// What answers in place of the route; nil: the route.
    let responder: (any Responder)?
    let travel: AnswerTravel
    let label: String
  }

  private let id: String
  private let responder: any Responder
  /// Nil for a route with several answers, each with a way of its own.
  private let travel: AnswerTravel?
  private let chances: [Chance]
  private let numbers: any NumberSource
  /// Nil for a route without faults.
  private let counts: FaultCounts?
  /// Whether a delay, an answer of a fault or a callback depends on the request's body.
  let needsBody: Bool

  /// Nil for a route whose answers all travel at once, as fast as they can, and whole, and which nothing follows.
  ///
  /// - Parameters:
  ///   - travel: of the route's answer; nil where it has several.
  init?(_ settings: RouteSettings, responder: any Responder, travel: AnswerTravel?, context: ResponderContext) {
    let listed = settings.answer.responder.listedAnswers
    let answers = travel == nil ? listed : [settings.answer]
    if settings.faults.isEmpty, answers.allSatisfy({ $0.delivery.isPlain && $0.after.isEmpty }) { return nil }
    id = settings.id
    self.responder = responder
    self.travel = travel
    numbers = context.numbers
    chances = settings.faults.map { fault in
      guard let answer = fault.answer else {
        let own = AnswerSettings(responder: settings.answer.responder, delivery: fault.delivery)
        return Chance(chance: fault.chance, responder: nil, travel: AnswerTravel(own, context), label: fault.label)
      }
      let own = context.with(headers: answer.headers)
      return Chance(
        chance: fault.chance, responder: answer.responder.makeResponder(own), travel: AnswerTravel(answer, own), label: fault.label)
    }
    needsBody = travel?.needsBody == true || chances.contains { $0.responder?.needsBody == true || $0.travel.needsBody }
    var labels = chances.map(\.label)
    for fault in answers.compactMap(\.delivery.fault) where !labels.contains(Self.label(fault)) { labels.append(Self.label(fault)) }
    counts =
      labels.isEmpty
      ? nil : context.states.state(of: settings.id, definition: labels) { FaultCounts(route: settings.id, labels: labels) }
  }

  private static func label(_ fault: Delivery.Fault) -> String { "fault \(fault.spelling)" }

  /// Decides for one request, whose turn it is. A fault that is chosen counts from here on. Throws where a delay is
  /// none.
  func choose(for request: borrowing RequestValues, in turn: Turn) throws(TemplateFailure) -> Choice {
    // Each fault is drawn for, whether or not an earlier one hits, until one does.
    let chance = chances.first { numbers.fraction() < $0.chance }
    if let chance, let replacement = chance.responder {
      let settings = chance.travel.settings
      let wait = try chance.travel.wait(for: request, replacement)
      counts?.count(chance.label)
      return Choice(
        delivery: Delivery(wait: wait, rate: settings.throttle, fault: settings.fault), replacement: replacement,
        callbacks: chance.travel.callbacks, fault: chance.label)
    }
    let own = travel ?? responder.travel(in: turn)
    let late = try chance?.travel.wait(for: request, responder)
    let wait = try own?.wait(for: request, responder)
    let label = chance?.label ?? own?.settings.fault.map { Self.label($0) }
    if let label { counts?.count(label) }
    let befalling = chance?.travel.settings
    return Choice(
      delivery: Delivery(
        wait: late.map { $0 + (wait ?? .zero) } ?? wait, rate: befalling?.throttle ?? own?.settings.throttle,
        fault: befalling?.fault ?? own?.settings.fault),
      callbacks: own?.callbacks, fault: label)
  }

  /// Tells the log of a fault, so that a fault that the configuration asks for is not taken for a bug.
  func report(_ fault: String, _ request: Request) {
    request.attribute(toFault: fault)
    request.logger.info("a fault that the configuration asks for", metadata: ["route": "\(id)", "fault": "\(fault)"])
  }
}

extension RouteTable {
  /// How often the faults of the routes have hit, by route. From any thread.
  package var faultCounts: [FaultCounts] { states.all(FaultCounts.self) }
}
