import Testing

@testable import AsyncHTTPServer

@Suite struct RouteNameTests {
  @Test func `each name in use has a slot of its own, and slots that are given back are used again`() {
    let slots = RouteSlots()
    let first = RouteName(id: "first", in: slots)
    var second: RouteName? = RouteName(id: "second", in: slots)
    #expect([first.slot, second?.slot] == [0, 1] && slots.count == 2)
    second = nil
    let third = RouteName(id: "third", in: slots)
    #expect(third.slot == 1 && slots.count == 2)
    #expect(RouteName(id: "fourth", in: slots).slot == 2)
    #expect(third.serial == 3 && first.serial == 1, "a slot that has passed on is told by the serial")
  }
}
