// What is owed for a stream of octets: the requests in it, by the parsers themselves, and the rules of the server beyond them.

import HTTPCore

struct ExpectedAnswer {
  var isHEAD = false
  var statuses: Set<Int>
  /// The request does not let the connection live on.
  var endsConnection = true
  /// There is a reason for the server to end it.
  var mayEndConnection = true
  /// The answer may begin before its request is read, and be cut short by what is wrong there.
  var mayBeCut = false
}

struct ExpectedAnswers {
  private(set) var answers: [ExpectedAnswer] = []
  /// What may come once the client has stopped sending: the answer to a request whose body is not whole.
  private(set) var afterEnd: ExpectedAnswer?
  /// The octets end where a request may begin.
  private(set) var endsBetweenRequests = false

  private enum Body {
    case whole(end: Int)
    case partial
    case refused(status: Int)
  }

  init(of bytes: [UInt8], maxBodySize: Int) {
    var start = 0
    while start < bytes.count {
      let rest = bytes.span.extracting(start..<bytes.count)
      var parser = HeadParser()
      do throws(HeadError) {
        guard try parser.parse(rest) else { return }
      } catch {
        answers.append(ExpectedAnswer(statuses: [error.status]))
        return
      }
      let head = parser.head
      if head.schemeIsHTTPS {
        answers.append(ExpectedAnswer(isHEAD: head.knownMethod == .head, statuses: [421]))
        return
      }
      let path = String(decoding: bytes[start + head.path.lowerBound..<start + head.path.upperBound], as: UTF8.self)
      let route = Route(path)
      let isAsterisk = head.targetForm == .asterisk
      var answer = ExpectedAnswer(isHEAD: head.knownMethod == .head, statuses: [isAsterisk ? 204 : route.status])
      answer.endsConnection = !head.persists || (route == .stream && !head.version.isAtLeast11)
      // A body that is not waited for: of a client that waits itself, of a failed handler, of no handler at all.
      let mayLeaveBody = head.framing != .none && (head.expectsContinue || route.fails || isAsterisk)
      answer.mayEndConnection = answer.endsConnection || mayLeaveBody
      let body = Self.body(head.framing, bytes, from: start + head.byteCount, maxBodySize)
      switch body {
      case .whole(let end):
        answer.mayBeCut = route == .stream && mayLeaveBody
        answers.append(answer)
        start = end
        endsBetweenRequests = end == bytes.count
      case .partial:
        answer.statuses.insert(400)
        answer.endsConnection = true
        answer.mayEndConnection = true
        answer.mayBeCut = route == .stream
        afterEnd = answer
        return
      case .refused(let status):
        // A length is known to be too large before any handler is asked.
        if case .length = head.framing { answer.statuses = [] }
        answer.mayBeCut = route == .stream && head.framing == .chunked
        answer.statuses = mayLeaveBody || answer.mayBeCut ? answer.statuses.union([status]) : [status]
        answer.endsConnection = true
        answer.mayEndConnection = true
        answers.append(answer)
        return
      }
    }
  }

  private static func body(_ framing: BodyFraming, _ bytes: [UInt8], from start: Int, _ limit: Int) -> Body {
    switch framing {
    case .none: return .whole(end: start)
    case .length(let length):
      if length > UInt64(limit) { return .refused(status: 413) }
      return Int(length) > bytes.count - start ? .partial : .whole(end: start + Int(length))
    case .chunked:
      var decoder = ChunkedDecoder()
      var offset = start
      var count = 0
      func exceedsLimit() -> Bool { UInt64(count) + decoder.announcedBytes > UInt64(limit) }
      while true {
        do throws(ChunkError) {
          switch try decoder.next(bytes.span, from: &offset) {
          case .data(let range):
            count += range.count
            if exceedsLimit() { return .refused(status: 413) }
          case .needMore: return exceedsLimit() ? .refused(status: 413) : .partial
          case .end: return .whole(end: offset)
          }
        } catch {
          return .refused(status: error.status)
        }
      }
    }
  }
}
