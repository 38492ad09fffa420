import HTTPCore
import Testing

@testable import AsyncHTTPServer

/// The account of an answer, without a connection.
@Suite struct OutgoingAnswerTests {
  @Test func `an answer is claimed once`() throws {
    var answer = OutgoingAnswer()
    #expect(answer.isOpen)
    #expect(throws: ServerError.alreadyAnswered) { try answer.checkClaim() }
    try answer.claim()
    try answer.checkClaim()
    #expect(throws: ServerError.alreadyAnswered) { try answer.claim() }
    answer.end()
    #expect(throws: ServerError.alreadyAnswered) { try answer.checkClaim() }
    #expect(answer.hasEnded)
  }

  @Test func `a streamed body has the length that was announced`() throws {
    var answer = OutgoingAnswer()
    try answer.claim()
    #expect(throws: ServerError.alreadyAnswered) { try answer.streamFraming() }
    answer.headChosen(status: 200, sendsContent: true)
    answer.streamBegan(.length(5), announced: 5)
    #expect(try answer.streamFraming() == .length(5))
    try answer.wrote(4)
    #expect(throws: ServerError.bodyLengthMismatch(announced: 5, written: 4)) { try answer.checkLength() }
    #expect(throws: ServerError.bodyLengthMismatch(announced: 5, written: 6)) { try answer.wrote(2) }
    try answer.wrote(1)
    try answer.checkLength()
    #expect(answer.sentBytes == 5)
  }

  @Test func `an answer without content has sent none of it`() throws {
    var answer = OutgoingAnswer()
    try answer.claim()
    answer.headChosen(status: 200, sendsContent: false)
    answer.wroteWhole(100)
    #expect(answer.written == 100 && answer.sentBytes == 0)
  }

  @Test func `what is cleared says nothing of the answer before`() throws {
    var answer = OutgoingAnswer()
    try answer.claim()
    answer.headChosen(status: 404, sendsContent: false)
    answer.add([FieldLine("A", "b")])
    answer.route = RouteName(id: "a", in: RouteSlots())
    answer.outcome = .fault
    answer.end()
    answer.clear()
    #expect(answer.isOpen && answer.status == 0 && answer.sendsContent && answer.written == 0)
    #expect(answer.additionalFields.isEmpty && answer.route == nil && answer.outcome == nil && !answer.hasWaiters)
  }

  @Test func `the outcome of a fault stays, whatever answers beneath it`() {
    var answer = OutgoingAnswer()
    answer.outcome = .recorded
    #expect(answer.outcome == .recorded)
    answer.outcome = .fault
    answer.outcome = .recorded
    #expect(answer.outcome == .fault)
  }
}
