// Everything that can be wrong with a chunked body. Positions count octets from the first one of the body, so they do
// not depend on how it arrived. All of these are 400 and the end of the connection, but for the limits.

package enum ChunkError: Error, Equatable, Sendable {
  /// The chunk size is not a number, has too many digits, or counts more than an `Int64`.
  case invalidSize(at: Int)
  case invalidExtension(at: Int)
  case extensionsTooLong(limit: Int)
  /// A line, or the data of a chunk, does not end in CR LF.
  case missingLineEnd(at: Int)
  case invalidTrailer(at: Int)
  case trailersTooLarge(limit: Int)
  case tooManyTrailers(limit: Int)

  /// The status code of the answer.
  package var status: Int {
    switch self {
    case .invalidSize, .invalidExtension, .extensionsTooLong, .missingLineEnd, .invalidTrailer: 400
    case .trailersTooLarge, .tooManyTrailers: 431
    }
  }
}

extension ChunkError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalidSize(let at): "the chunk size is malformed at octet \(at) of the body"
    case .invalidExtension(let at): "the chunk extension is malformed at octet \(at) of the body"
    case .extensionsTooLong(let limit): "the chunk extensions are longer than \(limit) octets"
    case .missingLineEnd(let at): "a line end is missing at octet \(at) of the body"
    case .invalidTrailer(let at): "the trailer field is malformed at octet \(at) of the body"
    case .trailersTooLarge(let limit): "the trailer section is larger than \(limit) octets"
    case .tooManyTrailers(let limit): "the trailer section has more than \(limit) fields"
    }
  }
}
