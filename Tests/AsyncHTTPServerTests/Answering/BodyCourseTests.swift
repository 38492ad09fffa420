import Testing

@testable import AsyncHTTPServer

/// The steps of a body, without a connection.
@Suite struct BodyCourseTests {
  private func course(_ delivery: Delivery, length: Int64?) -> BodyCourse {
    var course = BodyCourse(delivery)
    course.begin(length: length, now: 0)
    return course
  }

  @Test func `without a rate and a fault a body goes in large steps`() {
    var course = course(Delivery(), length: 100_000)
    #expect(course.next(100_000, now: 0) == .send(65_536))
    #expect(course.next(34_464, now: 0) == .send(34_464))
    #expect(!course.endsBroken && !course.hidesLength)
  }

  @Test func `with a rate it goes by the clock`() {
    var course = course(Delivery(rate: 1000), length: 100)
    #expect(course.next(100, now: 0) == .pause(25))
    #expect(course.next(100, now: 25) == .send(25))
    #expect(course.next(5, now: 50) == .send(5))
    #expect(course.next(70, now: 50) == .send(20))
  }

  @Test(arguments: [
    (Delivery.Cut.octets(30), 30), (.octets(0), 0), (.octets(-1), 0), (.octets(200), 100), (.percent(0), 0), (.percent(33), 33),
    (.percent(100), 100), (.percent(-7), 0), (.percent(700), 100),
  ])
  func `a body that is cut goes as far as the cut`(cut: Delivery.Cut, expected: Int) {
    var course = course(Delivery(fault: .truncate(at: cut)), length: 100)
    var sent = 0
    while sent < 100, case .send(let count) = course.next(min(9, 100 - sent), now: 0) { sent += count }
    #expect(sent == expected && course.endsBroken)
  }

  @Test func `a percentage needs a length, and no length overflows it`() {
    #expect(Delivery.Cut.percent(50).octets(of: nil) == nil)
    #expect(Delivery.Cut.percent(50).octets(of: .max) == .max / 2)
    #expect(Delivery.Cut.percent(100).octets(of: .max) == .max)
    #expect(Delivery.Cut.percent(1).octets(of: 199) == 1)
  }

  @Test func `a chunk breaks after half of the first piece`() {
    var course = course(Delivery(fault: .malformedChunk), length: nil)
    #expect(course.hidesLength && course.endsBroken)
    #expect(course.next(9, now: 0) == .breakChunk(4))
  }
}
