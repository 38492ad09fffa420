import HTTPCore
import Testing

@Suite struct HeadParserTests {
  private func parse(_ text: String, limits: HeadLimits = HeadLimits()) throws(HeadError) -> RequestHead? {
    var parser = HeadParser(limits: limits)
    let bytes = Array(text.utf8)
    return try parser.parse(bytes.span) ? parser.head : nil
  }

  private func parse(_ bytes: [UInt8]) throws(HeadError) -> RequestHead? {
    var parser = HeadParser()
    return try parser.parse(bytes.span) ? parser.head : nil
  }

  // MARK: Octets, wherever they stand

  @Test func `a path has the octets that browsers leave in it, a query those that people do, and neither has others`() {
    for octet in UInt8.min...UInt8.max where octet != 0x20 {
      // At any place in a word of eight.
      for length in 0...9 {
        let before = [UInt8](repeating: 0x61, count: length)
        let rest = Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let path = try? parse(Array("GET /".utf8) + before + [octet] + rest)
        let query = try? parse(Array("GET /?".utf8) + before + [octet, 0x61] + rest)
        let isControl = octet < 0x20 || octet == 0x7F
        let isText = octet >= 0x80
        if octet != 0x3F { #expect((path == nil) == (isControl || isText || "\"#<>\\`{}".utf8.contains(octet)), "\(octet) in a path") }
        #expect((query == nil) == (isControl || octet == UInt8(ascii: "#")), "\(octet) in a query")
      }
    }
  }

  @Test func `an empty label is found wherever it is`() {
    for length in 0...20 {
      let before = String(repeating: "a", count: length)
      for (host, isValid) in [("\(before)..a", false), ("\(before).b.c", length > 0), ("\(before)a.", true), ("\(before)a..:80", false)] {
        #expect(((try? parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")) != nil) == isValid, "\(host)")
      }
    }
  }

  // MARK: Reuse

  @Test func `a parser that is reset forgets the head before`() throws {
    var parser = HeadParser()
    let first = Array("POST /a?b HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n".utf8)
    let second = Array("GET / HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
    #expect(try parser.parse(first.span))
    parser.reset()
    #expect(parser.head == RequestHead())
    #expect(try parser.parse(second.span))
    #expect(try parser.head == parse(String(decoding: second, as: UTF8.self)))
  }

  @Test func `a complete head stays complete`() throws {
    var parser = HeadParser()
    let bytes = Array("GET / HTTP/1.1\r\nHost: b\r\n\r\nGET".utf8)
    #expect(try parser.parse(bytes.span))
    let head = parser.head
    #expect(try parser.parse(bytes.span))
    #expect(parser.head == head)
    #expect(head.byteCount == bytes.count - 3)
  }

  @Test func `a parser is ready again after an error and a reset`() throws {
    var parser = HeadParser()
    let bad = Array("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n".utf8)
    let good = Array("GET / HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
    #expect(throws: HeadError.missingHost) { try parser.parse(bad.span) }
    parser.reset()
    #expect(try parser.parse(good.span))
    #expect(parser.head.framing == .none)
  }

  @Test func `a host is judged as it stands, whichever the parser has read before`() throws {
    var parser = HeadParser()
    func isValid(_ host: String) -> Bool {
      parser.reset()
      let bytes = Array("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
      return (try? parser.parse(bytes.span)) ?? false
    }
    let long = String(repeating: "a", count: 40)
    let hosts: [(String, Bool)] = [
      ("a.example:8080", true), ("a.example:8080", true), ("a.example:808", true), ("a..xample:8080", false), ("a.example:8080", true),
      ("A.EXAMPLE:8080", true), ("a.example:808a", false), ("a.example:80800", false), ("a.example:65535", true),
      ("a.example:65536", false),
      ("[::1]", true), ("{::1}", false), ("[::1]", true), ("", false), ("a", true), ("b", true), (",", false), (long, true),
      (long + ",", false),
      (long, true),
    ]
    for (host, expected) in hosts { #expect(isValid(host) == expected, "\(host)") }
  }

  @Test func `an empty input is unfinished`() throws {
    #expect(try parse("") == nil)
  }

  // MARK: Octets

  @Test func `in a value only control octets are illegal, wherever they stand`() throws {
    for octet in UInt8.min...UInt8.max where octet != 0x0A && octet != 0x0D {
      for padding in 0..<10 {
        let before = Array("GET / HTTP/1.1\r\nHost: a\r\nA: b".utf8) + [UInt8](repeating: 0x63, count: padding)
        let bytes = before + [octet] + Array("defghijklmn\r\n\r\n".utf8)
        let isLegal = octet == 0x09 || (octet >= 0x20 && octet != 0x7F)
        if isLegal {
          #expect(try parse(bytes) != nil)
        } else {
          #expect(throws: HeadError.invalidOctet(at: before.count)) { try parse(bytes) }
        }
      }
    }
  }

  @Test func `in a name only token octets are legal, wherever they stand`() throws {
    for octet in UInt8(0x21)...0x7E where octet != UInt8(ascii: ":") {
      for padding in 1..<10 {
        let before = Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + [UInt8](repeating: 0x63, count: padding)
        let bytes = before + [octet] + Array("x: value\r\n\r\n".utf8)
        if ByteClass.token.contains(octet) {
          #expect(try parse(bytes) != nil)
        } else {
          #expect(throws: HeadError.invalidFieldName(at: before.count)) { try parse(bytes) }
        }
      }
    }
  }

  @Test func `a known name is found at the very end of the bytes`() throws {
    let head = try #require(try parse("GET / HTTP/1.1\r\nHost: a\r\nTE: x\r\n\r\n"))
    #expect(head.fields.map(\.field) == [.host, .te])
    let shorter = try #require(try parse("GET / HTTP/1.1\r\nHost: a\r\nTE:\r\n\r\n"))
    #expect(shorter.present.contains(.te))
  }

  @Test func `a colon in the next line does not end a name`() {
    #expect(throws: HeadError.missingColon(at: 27)) { try parse("GET / HTTP/1.1\r\nHost: a\r\nHo\r\nst: b\r\n\r\n") }
  }

  // MARK: Limits

  @Test func `a limit of the configuration is the one that counts`() throws {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n"
    let exact = HeadLimits(requestLine: 14, head: request.utf8.count, fields: 2)
    #expect(try parse(request, limits: exact) != nil)
    #expect(throws: HeadError.requestLineTooLong(limit: 13)) {
      try parse(request, limits: HeadLimits(requestLine: 13, head: 1000, fields: 2))
    }
    #expect(throws: HeadError.headTooLarge(limit: exact.head - 1)) {
      try parse(request, limits: HeadLimits(requestLine: 14, head: exact.head - 1, fields: 2))
    }
    #expect(throws: HeadError.tooManyFields(limit: 1)) {
      try parse(request, limits: HeadLimits(requestLine: 14, head: exact.head, fields: 1))
    }
  }

  @Test func `a request line limit beyond the head limit gives way to it`() {
    #expect(throws: HeadError.headTooLarge(limit: 20)) {
      try parse("GET /aaaaaaaaaaaaaaaaaaaaaaaaaa", limits: HeadLimits(requestLine: 100, head: 20, fields: 1))
    }
  }

  // MARK: Errors

  @Test func `every error has a status and a sentence that says where`() {
    let errors: [(HeadError, Int)] = [
      (.invalidOctet(at: 77), 400), (.bareLineFeed(at: 77), 400), (.bareCarriageReturn(at: 77), 400),
      (.requestLineTooLong(limit: 77), 414), (.headTooLarge(limit: 77), 431), (.tooManyFields(limit: 77), 431),
      (.invalidMethod(at: 77), 400), (.invalidTarget(at: 77), 400), (.unsupportedScheme(at: 77), 400), (.refusedTunnel(at: 77), 400),
      (.missingVersion(at: 77), 400), (.invalidVersion(at: 77), 400), (.unsupportedVersion(at: 77), 505), (.foldedField(at: 77), 400),
      (.emptyFieldName(at: 77), 400), (.invalidFieldName(at: 77), 400), (.whitespaceBeforeColon(at: 77), 400),
      (.missingColon(at: 77), 400), (.repeatedHost(at: 77), 400), (.invalidHost(at: 77), 400), (.invalidContentLength(at: 77), 400),
      (.repeatedContentLength(at: 77), 400), (.contentLengthWithTransferEncoding(at: 77), 400), (.invalidTransferEncoding(at: 77), 400),
      (.repeatedChunked(at: 77), 400), (.chunkedNotLast(at: 77), 400), (.unsupportedTransferCoding(at: 77), 501),
      (.transferEncodingInHTTP10(at: 77), 400), (.invalidConnection(at: 77), 400), (.unsupportedExpectation(at: 77), 417),
    ]
    for (error, status) in errors {
      #expect(error.status == status)
      #expect(error.description.contains("77"))
    }
    #expect(HeadError.missingHost.status == 400)
    #expect(HeadError.missingHost.description.contains("Host"))
    #expect(Set(errors.map(\.0.description)).count == errors.count)
  }
}
