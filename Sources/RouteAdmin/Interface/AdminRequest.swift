// A request of the admin listener, once it is known which endpoint answers it.

package import AsyncHTTPServer
import HTTPCore
package import JSONText

/// The request, and the parameters of its path and query.
package struct AdminRequest: Sendable {
  /// Bytes of the longest body that is read.
  package static let maxBodySize = 65_536

  package let request: Request
  /// Decoded, by the names of the endpoint's path.
  package let pathParameters: [String: String]

  package init(_ request: Request, pathParameters: [String: String]) {
    self.request = request
    self.pathParameters = pathParameters
  }

  /// The first query parameter of this name, decoded; nil without one, and for an empty value.
  package func query(_ name: String) -> String? {
    guard let value = request.target.queryValue(name), !value.isEmpty else { return nil }
    return value
  }

  /// A number in the query; nil without one.
  ///
  /// Throws a problem with 400 for anything else than a number in `range`.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws(AdminProblem) -> Int? {
    guard let text = query(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw AdminProblem(400, "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// The body as JSON; nil without one.
  ///
  /// Throws a problem with 400 for what is not JSON, and with 413 for a body longer than `maxBodySize`.
  package func json() async throws -> JSONValue? {
    let octets: [UInt8]
    do throws(any Error) {
      octets = try await request.body.collect(upTo: Self.maxBodySize)
    } catch ServerError.bodyTooLarge {
      throw AdminProblem(413, "the body has more than \(Self.maxBodySize) bytes")
    }
    if octets.isEmpty { return nil }
    do throws(JSONError) {
      return try JSONValue(parsing: octets)
    } catch {
      throw AdminProblem(400, "the body is not JSON: \(error)")
    }
  }
}

/// An answer that is an error, as application/problem+json (RFC 9457).
package struct AdminProblem: Error, Sendable {
  package let status: Int
  package let detail: String
  /// Further fields, such as Allow.
  package var headers: HTTPFields = [:]

  package init(_ status: Int, _ detail: String) {
    self.status = status
    self.detail = detail
  }

  /// The answer.
  package var response: Response {
    let body = JSONValue.object([
      "title": .string(ReasonPhrase.phrase(for: status)), "detail": .string(detail), "status": .number(JSONNumber(status)),
    ])
    var response = Response.json(body, status: status, headers: headers)
    response.headers[.contentType] = "application/problem+json"
    return response
  }
}

extension Response {
  /// A value of JSON, in one line.
  package static func json(_ value: JSONValue, status: Int = 200, headers: HTTPFields = [:]) -> Response {
    var octets = JSONWriter.octets(of: value)
    octets.append(UInt8(ascii: "\n"))
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(.init(code: status), .bytes(octets), headers: headers)
  }
}
