// JSON texts. Parsing comes to the same whole and in slices and takes what the validator takes, and what is written of a value is that value
// again.

import FuzzSupport
import JSONText

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzJSON(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = FuzzInput(data, count)
  let limits = input.wantsLowLimits ? JSONLimits(depth: 3, nodes: 10, numberLength: 5) : JSONLimits()
  let whole = Result { () throws(JSONError) in try JSONValue(parsing: input.bytes, limits: limits) }
  require(whole == sliced(input, limits), "the same whole and in slices")
  let isValid = JSONValidator.firstProblem(in: input.bytes) == nil
  switch whole {
  case .success(let value):
    require(isValid, "the validator refuses what is parsed")
    checkWritten(value)
    checkCanonical(value, of: input.bytes)
    checkEquality(value)
    if case .array(let items) = value { checkNumbers(items) }
  case .failure(let error):
    require(error.offset >= 0 && error.offset <= input.bytes.count && !error.message.isEmpty, "an error points into the text: \(error)")
    require(
      !isValid || error.message.hasPrefix("more than") || error.message.hasPrefix("a number has"), "what the validator takes: \(error)")
  }
  return 0
}

private func sliced(_ input: FuzzInput, _ limits: JSONLimits) -> Result<JSONValue, JSONError> {
  var parser = JSONParser(input.bytes, limits: limits)
  var cuts = input.cuts
  var last = 0
  // Every run reads a word at least, or white space or a piece of a string.
  for _ in 0...input.bytes.count * 2 + 2 {
    let cut = cuts.next() ?? last + 1
    do throws(JSONError) {
      if let value = try parser.run(octets: cut - last) { return .success(value) }
    } catch {
      return .failure(error)
    }
    last = cut
  }
  fatalError("the parser comes to no end")
}

private func checkWritten(_ value: JSONValue) {
  let compact = JSONWriter.octets(of: value)
  require((try? JSONValue(parsing: compact)) == value, "what is written is the value")
  require((try? JSONValue(parsing: compact)).map { JSONWriter.octets(of: $0) } == compact, "writing is idempotent")
  require((try? JSONValue(parsing: JSONWriter.octets(of: value, layout: .pretty))) == value, "what is written in lines is the value")
}

/// Half surrogates are written as they are by the one and become U+FFFD in the other, which may make two names one.
private func checkCanonical(_ value: JSONValue, of bytes: [UInt8]) {
  guard !JSONWriter.text(of: value).contains("\u{FFFD}") else { return }
  guard let canonical = CanonicalJSON.spelling(of: bytes) else { fatalError("a valid text has a canonical form") }
  require((try? JSONValue(parsing: canonical)) == value, "the canonical form is the value")
}

private func checkEquality(_ value: JSONValue) {
  guard let other = try? JSONValue(parsing: JSONWriter.octets(of: value)) else { return }
  require(value.hashValue == other.hashValue, "equal values have one hash")
  require(value.contains(other) && value.contains(other, exactly: true), "a value contains itself")
  require(JSONValue.null.merging(value.merging(value)) == value.merging(value).merging(value), "merging is idempotent")
}

/// Arithmetic on pairs of neighbours.
private func checkNumbers(_ items: [JSONValue]) {
  let numbers = items.compactMap { if case .number(let number) = $0 { number } else { nil } }
  for (left, right) in zip(numbers, numbers.dropFirst()) {
    let (one, other) = (left.decimal, right.decimal)
    require([left < right, right < left, left == right].count { $0 } == 1, "\(left) and \(right) are in one order")
    require((left < right) == (one < other) && (left == right) == (one == other), "numbers compare as decimals")
    require(JSONNumber(one) == left, "a decimal is spelled as what it is")
    if let sum = one.plus(other) {
      require(other.plus(one) == sum, "a sum has no order")
      if let back = sum.minus(other) { require(back == one, "\(left) + \(right) - \(right)") }
    }
    require(one.times(other) == other.times(one), "a product has no order")
    for places in [-2, 0, 3] {
      guard let rounded = one.rounded(places: places) else { continue }
      require(rounded.rounded(places: places) == rounded, "rounding is idempotent")
    }
  }
}
