// JSON bodies by `Codable`. A product of its own: a program that does not import it does not load FoundationEssentials
// for the server's sake.

public import AsyncHTTPServer
public import FoundationEssentials

extension RequestBody {
  /// The whole body, decoded from JSON whatever its Content-Type says.
  ///
  /// Throws `HTTPError` 400 that says where the body does not fit `type`, and what `collect(upTo:)` throws; `limit` is
  /// in bytes.
  public nonisolated(nonsending) func decode<T: Decodable>(
    _ type: T.Type = T.self, upTo limit: Int = RequestBody.defaultLimit, with decoder: JSONDecoder = JSONDecoder()
  ) async throws -> T {
    let bytes = try await collect(upTo: limit)
    do {
      return try decoder.decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw HTTPError(.badRequest, error.explanation)
    }
  }
}

extension Response {
  /// A value as `application/json`, unless `headers` has another Content-Type. Throws `EncodingError` for what JSON has
  /// no words for, such as a number that is not finite.
  public static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], with encoder: JSONEncoder = JSONEncoder()
  ) throws -> Response {
    var headers = headers
    if !headers.contains(.contentType) { headers[.contentType] = "application/json" }
    return Response(status, .bytes(Array(try encoder.encode(value))), headers: headers)
  }
}

extension DecodingError {
  /// What does not fit, and where: `users[2].name: Expected to decode String but found number instead.`
  fileprivate var explanation: String {
    switch self {
    case .keyNotFound(let key, let context): Self.place(context.codingPath + [key]) + ": is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      Self.place(context.codingPath) + ": " + context.debugDescription
    @unknown default: "the body does not fit"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    var place = ""
    for key in path {
      if let index = key.intValue { place += "[\(index)]" } else { place += (place.isEmpty ? "" : ".") + key.stringValue }
    }
    return place.isEmpty ? "the body" : place
  }
}
