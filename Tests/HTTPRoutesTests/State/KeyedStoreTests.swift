import Testing

@testable import HTTPRoutes

@Suite struct KeyedStoreTests {
  private func key(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `the key that was not used for longest is forgotten first`() {
    var store = KeyedStore<Int>(maxCount: 3, maxOctets: 1000)
    for (number, name) in ["a", "b", "c"].enumerated() { store.set(number, of: key(name)) }
    #expect(store.value(of: key("a")) == 0)
    store.set(3, of: key("d"))
    #expect(store.value(of: key("b")) == nil)
    #expect([key("a"), key("c"), key("d")].map { store.value(of: $0) } == [0, 2, 3])
  }

  @Test func `a look is not a use`() {
    var store = KeyedStore<Int>(maxCount: 2, maxOctets: 1000)
    store.set(1, of: key("a"))
    store.set(2, of: key("b"))
    #expect(store.peek(key("a")) == 1)
    store.set(3, of: key("c"))
    #expect(store.peek(key("a")) == nil)
  }

  @Test func `keys and values are bounded in octets, and the newest stays`() {
    var store = KeyedStore<String>(maxCount: 100, maxOctets: 10)
    store.set("x", of: key("a"), octets: 4)
    store.set("y", of: key("b"), octets: 4)
    #expect(store.octetCount == 10)
    store.set("z", of: key("b"), octets: 6)
    #expect(store.peek(key("a")) == nil)
    #expect(store.octetCount == 7)
    store.set("large", of: key("c"), octets: 5000)
    #expect(store.count == 1)
    #expect(store.peek(key("c")) == "large")
  }

  @Test func `it agrees with a list that is searched from the front`() {
    var numbers = SplitMix64(7)
    var store = KeyedStore<Int>(maxCount: 8, maxOctets: .max)
    var model: [(key: [UInt8], value: Int)] = []
    for step in 0..<5000 {
      let name = [UInt8.random(in: 0..<20, using: &numbers)]
      let position = model.firstIndex { $0.key == name }
      if Bool.random(using: &numbers) {
        if let position { model.remove(at: position) }
        model.append((name, step))
        if model.count > 8 { model.removeFirst() }
        store.set(step, of: name)
      } else {
        if let position { model.append(model.remove(at: position)) }
        #expect(store.value(of: name) == (position == nil ? nil : model.last?.value))
      }
      #expect(store.count == model.count)
    }
  }

  @Test func `a long key is kept as its digest`() {
    let long = [UInt8](repeating: 7, count: 5000)
    #expect(StateKey.key(long).count < 100)
    #expect(StateKey.key(long) != StateKey.key(long + [8]))
    #expect(StateKey.key(key("short")) == key("short"))
  }
}
