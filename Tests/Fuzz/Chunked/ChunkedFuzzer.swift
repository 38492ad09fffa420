// The chunked body. The same octets give the same content, trailers, end or error however they arrive, it is what a plain reading comes to
// (PlainBody.swift), and content that is encoded again decodes to itself.

import FuzzSupport
import HTTPCore

private struct Outcome: Equatable {
  var content: [UInt8] = []
  var trailers: [String] = []
  /// Octets up to the end of the body; nil unless there is one.
  var end: Int?
  var error: ChunkError?
}

private let lowLimits = ChunkLimits(chunkExtensions: 8, totalExtensions: 20, trailerBytes: 24, trailers: 2)

private func decode(_ bytes: [UInt8], _ limits: ChunkLimits, cutAt cuts: some Sequence<Int>) -> Outcome {
  var outcome = Outcome()
  var decoder = ChunkedDecoder(limits: limits)
  var start = 0
  for cut in cuts {
    let piece = bytes.span.extracting(start..<cut)
    var offset = 0
    pieces: while true {
      do throws(ChunkError) {
        let before = offset
        switch try decoder.next(piece, from: &offset) {
        case .data(let range):
          require(
            !range.isEmpty && range.lowerBound >= before && range.upperBound == offset && offset <= piece.count, "data lies in its piece")
          for index in range { outcome.content.append(piece[index]) }
        case .needMore:
          require(offset == piece.count, "more is needed when all is read")
          break pieces
        case .end:
          outcome.end = start + offset
          outcome.trailers = decoder.trailers.map { "\($0.name): \($0.value)" }
          for trailer in decoder.trailers {
            require(FieldSyntax.isValidName(trailer.name) && FieldSyntax.isValidValue(trailer.value), "a trailer is a field")
          }
          return outcome
        }
      } catch {
        outcome.error = error
        return outcome
      }
    }
    start = cut
  }
  return outcome
}

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzChunked(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = FuzzInput(data, count)
  let bytes = input.bytes
  let limits = input.wantsLowLimits ? lowLimits : ChunkLimits()
  let whole = decode(bytes, limits, cutAt: [bytes.count])
  let split = decode(bytes, limits, cutAt: input.cuts)
  require(whole == split, "whole: \(whole), split: \(split)")
  require(whole.content.count <= bytes.count, "content comes from the body")
  if !input.wantsLowLimits { checkPlainly(whole, bytes) }
  if let error = whole.error { require([400, 431].contains(error.status), "\(error)") }
  if let end = whole.end {
    require(bytes[..<end].suffix(2).elementsEqual([0x0D, 0x0A]), "a body ends in CR LF")
    require(decode(Array(bytes[..<end]), limits, cutAt: [end]) == whole, "what follows a body changes it")
    checkRoundTrip(whole.content)
  }
  return 0
}

/// A plain reading knows no limits, and keeps trailers that have no business there.
private func checkPlainly(_ whole: Outcome, _ bytes: [UInt8]) {
  switch whole.error {
  case .extensionsTooLong, .trailersTooLarge, .tooManyTrailers: return
  case .invalidSize, .missingLineEnd, .invalidExtension, .invalidTrailer, nil: break
  }
  switch PlainBody.read(bytes) {
  case .refused: require(whole.error != nil, "a plain reading refuses what was taken: \(whole)")
  case .partial: require(whole.error == nil && whole.end == nil, "a plain reading waits for more: \(whole)")
  case .body(let content, let trailers, let end):
    let kept = trailers.filter { trailer in ["", "Via", "X-Request-ID"].contains(KnownField(String(trailer.prefix { $0 != ":" })).name) }
    require(whole == Outcome(content: content, trailers: kept, end: end), "a plain reading comes to another body: \(whole)")
  }
}

private func checkRoundTrip(_ content: [UInt8]) {
  var encoded: [UInt8] = []
  if !content.isEmpty {
    ResponseSerializer.appendChunkHeader(content.count, to: &encoded)
    encoded += content
    ResponseSerializer.appendChunkEnd(to: &encoded)
  }
  ResponseSerializer.appendLastChunk(to: &encoded)
  let again = decode(encoded, ChunkLimits(), cutAt: [encoded.count])
  require(again == Outcome(content: content, end: encoded.count), "content that is encoded again decodes to itself")
}
