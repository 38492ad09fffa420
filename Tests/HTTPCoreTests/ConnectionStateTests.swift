import HTTPCore
import Testing

/// What follows an exchange (RFC 9112 §9.3, §9.6).
@Suite struct ConnectionStateTests {
  private func afterExchange(persists: Bool, hasBody: Bool = false, _ events: (inout ConnectionState) -> Void = { _ in })
    -> ConnectionState.Next
  {
    var state = ConnectionState()
    state.requestBegan(persists: persists, hasBody: hasBody)
    events(&state)
    state.responseDidEnd()
    return state.next()
  }

  @Test func `a connection that persists awaits the next request`() {
    #expect(afterExchange(persists: true) == .awaitRequest)
    #expect(afterExchange(persists: true) { $0.inputFollows() } == .awaitRequest)
  }

  @Test func `a client that said this is its last request, and kept its word, is closed`() {
    #expect(afterExchange(persists: false) == .close)
    #expect(afterExchange(persists: false, hasBody: true) { $0.requestDidEnd() } == .close)
  }

  @Test func `one that sent more after its last request is lingered for`() {
    #expect(afterExchange(persists: false) { $0.inputFollows() } == .linger)
    #expect(afterExchange(persists: false, hasBody: true) { _ in } == .linger)
  }

  @Test func `one that was not asked may send more at any moment, and is lingered for`() {
    #expect(afterExchange(persists: true) { $0.forbidPersistence() } == .linger)
    #expect(afterExchange(persists: true) { $0.rejectInput() } == .linger)
  }

  @Test func `one that has shut its sending side is closed`() {
    #expect(afterExchange(persists: true) { $0.inputDidEnd() } == .close)
    #expect(
      afterExchange(persists: false) { state in
        state.inputFollows()
        state.inputDidEnd()
      } == .close)
  }

  @Test func `what followed an earlier request says nothing about the last`() {
    var state = ConnectionState()
    state.requestBegan(persists: true, hasBody: false)
    state.inputFollows()
    state.responseDidEnd()
    #expect(state.next() == .awaitRequest)
    state.requestBegan(persists: false, hasBody: false)
    state.responseDidEnd()
    #expect(state.next() == .close)
  }

  @Test func `lingering ends with the input`() {
    var state = ConnectionState()
    state.requestBegan(persists: false, hasBody: false)
    state.responseDidEnd()
    #expect(state.next() == .close)
    state.lingerInstead()
    #expect(state.next() == .linger)
    state.inputDidEnd()
    #expect(state.next() == .close)
  }
}
