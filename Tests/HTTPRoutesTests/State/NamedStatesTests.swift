import JSONText
import Synchronization
import Testing

@testable import HTTPRoutes

@Suite struct NamedStatesTests {
  private let lock = StateLock()

  private func state(_ initial: JSONValue = .string("open")) -> NamedState {
    NamedState(StateDefinition(name: "order", initial: initial), lock)
  }

  @Test func `a state is the initial value until it is set, and after a reset`() {
    let state = state()
    #expect(state.value(of: [1]) == .string("open"))
    state.set(.string("paid"), of: [1])
    #expect(state.value(of: [1]) == .string("paid"))
    #expect(state.value(of: [2]) == .string("open"))
    state.reset()
    #expect(state.value(of: [1]) == .string("open"))
  }

  @Test func `large values push out what was not used for longest`() {
    let state = state()
    let large = JSONValue.string(String(repeating: "x", count: 1 << 20))
    for key in UInt8(0)..<20 { state.set(large, of: [key]) }
    #expect(state.peek([0]) == .string("open"))
    #expect(state.peek([19]) == large)
  }

  @Test(.timeLimit(.minutes(2))) func `a thread that holds the lock may take it again, and no other sees what it has half done`() async {
    let (lock, state) = (lock, state(.number(JSONNumber(0))))
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          await onOwnThread {
            for _ in 0..<500 {
              lock.withLock {
                guard case .number(let number) = state.value(of: []) else { return }
                state.set(.number(JSONNumber((number.integer ?? 0) + 1)), of: [])
              }
            }
          }
        }
      }
    }
    #expect(state.value(of: []) == .number(JSONNumber(2000)))
  }

  // MARK: Tables

  private static func yaml(_ initial: String, routes: String = "[]") -> String {
    "states: {order: {initial: \(initial)}}\nroutes: \(routes)\n"
  }

  @Test func `a reload keeps the value of a state that is declared the same, and says what began anew`() throws {
    let first = try RouteTable(yaml: Self.yaml("open"), environment: [:])
    let state = try #require(first.states.all(NamedState.self).first)
    state.set(.string("paid"), of: [])
    let second = try RouteTable(yaml: Self.yaml("open"), environment: [:], replacing: first)
    #expect(second.states.all(NamedState.self).first?.value(of: []) == .string("paid"))
    let third = try RouteTable(yaml: Self.yaml("shut"), environment: [:], replacing: second)
    #expect(third.states.all(NamedState.self).first?.value(of: []) == .string("shut"))
    #expect(third.states.begunAnew == ["order"])
  }
}
