// The delivery of one answer in its course: what the next octets of its body may be.

import Reactor

/// Made with the answer's delivery, begun with its head. Pure: the clock is a parameter.
struct BodyCourse {
  /// What to do with the rest of the body.
  enum Step: Equatable {
    /// Send so many octets of it, at least one.
    case send(Int)
    /// Send nothing for so long, milliseconds.
    case pause(Milliseconds)
    /// Send no more of it: the connection ends.
    case breakOff
    /// Send so many octets of it, then a broken chunk, then no more.
    case breakChunk(Int)
  }

  private let delivery: Delivery
  private var pace: BodyPace?
  /// Octets until the body breaks off; nil where it does not, or not before its end.
  private var left: Int64?

  /// Octets of a body that are sent in one go, so that a fast rate leaves other connections their turns.
  private static let maxStep = 65_536

  init(_ delivery: Delivery) { self.delivery = delivery }

  /// Whether the head must not say how long the body is, so that it is sent in chunks.
  var hidesLength: Bool { delivery.fault == .malformedChunk }

  /// Whether the connection ends where the body does, without the mark of its end.
  var endsBroken: Bool { delivery.fault != nil }

  /// The head is queued, and says that the body has `length` octets, if it does.
  mutating func begin(length: Int64?, now: Milliseconds) {
    pace = delivery.rate.map { BodyPace(rate: $0, now: now) }
    if case .truncate(let cut) = delivery.fault { left = cut.octets(of: length) }
  }

  /// What to do with `count` octets of the body, which are at least one.
  mutating func next(_ count: Int, now: Milliseconds) -> Step {
    if left == 0 { return .breakOff }
    var most = min(count, Self.maxStep)
    if let left { most = Int(min(Int64(most), left)) }
    if delivery.fault == .malformedChunk { return .breakChunk(most / 2) }
    if pace != nil {
      most = min(most, pace!.allowance(now: now))
      if most == 0 { return .pause(pace!.delay) }
      pace!.take(most)
    }
    if left != nil { left! -= Int64(most) }
    return .send(most)
  }
}
