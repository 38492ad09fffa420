// Everything that can be wrong with a request head, where it is wrong, and what the answer says. After any of these
// the connection closes: the place where the next request would begin is not known.

package enum HeadError: Error, Equatable, Sendable {
  // Octets and lines (RFC 9112 §2.2).
  case invalidOctet(at: Int)
  case bareLineFeed(at: Int)
  case bareCarriageReturn(at: Int)
  case requestLineTooLong(limit: Int)
  case headTooLarge(limit: Int)
  case tooManyFields(limit: Int)

  // Request line (RFC 9112 §3).
  case invalidMethod(at: Int)
  case invalidTarget(at: Int)
  case unsupportedScheme(at: Int)
  case refusedTunnel(at: Int)
  case missingVersion(at: Int)
  case invalidVersion(at: Int)
  case unsupportedVersion(at: Int)

  // Field lines (RFC 9112 §5).
  case foldedField(at: Int)
  case emptyFieldName(at: Int)
  case invalidFieldName(at: Int)
  case whitespaceBeforeColon(at: Int)
  case missingColon(at: Int)
  case repeatedField(at: Int)

  // Host (RFC 9112 §3.2).
  case missingHost
  case repeatedHost(at: Int)
  case invalidHost(at: Int)

  // Framing (RFC 9112 §6).
  case invalidContentLength(at: Int)
  case repeatedContentLength(at: Int)
  case contentLengthWithTransferEncoding(at: Int)
  case invalidTransferEncoding(at: Int)
  case repeatedChunked(at: Int)
  case chunkedNotLast(at: Int)
  case unsupportedTransferCoding(at: Int)
  case transferEncodingInHTTP10(at: Int)

  // Connection and expectations (RFC 9110 §7.6.1, §10.1.1).
  case invalidConnection(at: Int)
  case unsupportedExpectation(at: Int)

  /// The status code of the answer. CONNECT gets 400 rather than 405, which would need an Allow field for a target that
  /// names no resource.
  package var status: Int {
    switch self {
    case .invalidOctet, .bareLineFeed, .bareCarriageReturn: 400
    case .invalidMethod, .invalidTarget, .unsupportedScheme, .refusedTunnel, .missingVersion, .invalidVersion: 400
    case .foldedField, .emptyFieldName, .invalidFieldName, .whitespaceBeforeColon, .missingColon, .repeatedField: 400
    case .missingHost, .repeatedHost, .invalidHost: 400
    case .invalidContentLength, .repeatedContentLength, .contentLengthWithTransferEncoding: 400
    case .invalidTransferEncoding, .repeatedChunked, .chunkedNotLast, .transferEncodingInHTTP10: 400
    case .invalidConnection: 400
    case .requestLineTooLong: 414
    case .unsupportedExpectation: 417
    case .headTooLarge, .tooManyFields: 431
    case .unsupportedTransferCoding: 501
    case .unsupportedVersion: 505
    }
  }
}

extension HeadError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalidOctet(let at): "octet \(at) is not allowed in a request head"
    case .bareLineFeed(let at): "octet \(at) is a line feed without a carriage return before it"
    case .bareCarriageReturn(let at): "octet \(at) is a carriage return without a line feed after it"
    case .requestLineTooLong(let limit): "the request line is longer than \(limit) octets"
    case .headTooLarge(let limit): "the request head is larger than \(limit) octets"
    case .tooManyFields(let limit): "the request has more than \(limit) field lines"
    case .invalidMethod(let at): "the method is not a token at octet \(at)"
    case .invalidTarget(let at): "the request target is malformed at octet \(at)"
    case .unsupportedScheme(let at): "the request target at octet \(at) is neither http nor https"
    case .refusedTunnel(let at): "the request at octet \(at) asks for a tunnel, which this server does not provide"
    case .missingVersion(let at): "the request line ends at octet \(at) without an HTTP version"
    case .invalidVersion(let at): "the HTTP version is malformed at octet \(at)"
    case .unsupportedVersion(let at): "the HTTP version at octet \(at) is not supported; use HTTP/1.1"
    case .foldedField(let at): "the line at octet \(at) continues a folded field, which is obsolete"
    case .emptyFieldName(let at): "the field line at octet \(at) has no name"
    case .invalidFieldName(let at): "the field name is not a token at octet \(at)"
    case .whitespaceBeforeColon(let at): "the field name is followed by whitespace at octet \(at)"
    case .missingColon(let at): "the field line ends at octet \(at) without a colon"
    case .repeatedField(let at): "the field at octet \(at) is repeated and takes one value"
    case .missingHost: "the request has no Host field"
    case .repeatedHost(let at): "the Host field is repeated at octet \(at)"
    case .invalidHost(let at): "the host is malformed at octet \(at)"
    case .invalidContentLength(let at): "the Content-Length at octet \(at) is not a length"
    case .repeatedContentLength(let at): "the Content-Length is repeated at octet \(at)"
    case .contentLengthWithTransferEncoding(let at): "the request has Transfer-Encoding at octet \(at) and Content-Length too"
    case .invalidTransferEncoding(let at): "the Transfer-Encoding is malformed at octet \(at)"
    case .repeatedChunked(let at): "the chunked coding is repeated at octet \(at)"
    case .chunkedNotLast(let at): "the last transfer coding, at octet \(at), is not chunked"
    case .unsupportedTransferCoding(let at): "the transfer coding at octet \(at) is not supported"
    case .transferEncodingInHTTP10(let at): "the HTTP/1.0 request has a Transfer-Encoding at octet \(at)"
    case .invalidConnection(let at): "the Connection field is malformed at octet \(at)"
    case .unsupportedExpectation(let at): "the expectation at octet \(at) cannot be met"
    }
  }
}
