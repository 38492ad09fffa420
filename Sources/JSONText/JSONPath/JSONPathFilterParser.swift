// Reads the logical expressions of filters, and checks that they are well-typed (RFC 9535 §2.3.5 and §2.4).

extension JSONPathParser {
  /// What stands at a place where an expression begins, before it is known what is asked of it.
  private enum Term {
    case literal(JSONValue)
    case query(JSONPathQuery)
    /// A function that returns a value, by name.
    case function(String, JSONPathOperand)
    case match(JSONPathMatch)
  }

  /// A logical expression.
  mutating func test() throws(JSONPathError) -> JSONPathTest {
    var alternatives = [try conjunction()]
    while takeAfterSpace("||") { alternatives.append(try conjunction()) }
    return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
  }

  private mutating func conjunction() throws(JSONPathError) -> JSONPathTest {
    var tests = [try basicTest()]
    while takeAfterSpace("&&") { tests.append(try basicTest()) }
    return tests.count == 1 ? tests[0] : .all(tests)
  }

  private mutating func basicTest() throws(JSONPathError) -> JSONPathTest {
    skipSpace()
    let isNegated = take("!")
    if isNegated { skipSpace() }
    if take("(") {
      let test = try nested { parser throws(JSONPathError) in
        let test = try parser.test()
        parser.skipSpace()
        guard parser.take(")") else { throw parser.expected("\"&&\", \"||\" or \")\"") }
        return test
      }
      return isNegated ? .not(test) : test
    }
    let start = position
    let left = try term()
    let end = position
    skipSpace()
    let sign = position
    guard let comparison = takeComparison() else {
      position = end
      let test = try test(left, at: start)
      return isNegated ? .not(test) : test
    }
    if isNegated { throw JSONPathError(column: sign + 1, message: "a comparison is negated in parentheses: !(a == b)") }
    let leftOperand = try operand(left, at: start)
    skipSpace()
    let rightStart = position
    return .comparison(leftOperand, comparison, try operand(term(), at: rightStart))
  }

  private mutating func takeAfterSpace(_ sign: String) -> Bool {
    let start = position
    skipSpace()
    if take(sign) { return true }
    position = start
    return false
  }

  private mutating func take(_ sign: String) -> Bool {
    guard scalars[position...].starts(with: sign.unicodeScalars) else { return false }
    position += sign.unicodeScalars.count
    return true
  }

  private mutating func takeComparison() -> JSONPathComparison? {
    if take("==") { return .equal }
    if take("!=") { return .notEqual }
    if take("<=") { return .lessOrEqual }
    if take(">=") { return .greaterOrEqual }
    if take("<") { return .less }
    return take(">") ? .greater : nil
  }

  // MARK: Terms

  private mutating func term() throws(JSONPathError) -> Term {
    switch current {
    case "@", "$":
      let isRelative = current == "@"
      position += 1
      return .query(try segments(of: JSONPathQuery(isRelative: isRelative, segments: [])))
    case "'", "\"": return .literal(.string(try string()))
    case "-", .some("0"..."9"): return .literal(.number(try number()))
    case .some("a"..."z"): return try word()
    default: throw expected("a query, a literal, a function or \"(\"")
    }
  }

  private mutating func number() throws(JSONPathError) -> JSONNumber {
    let start = position
    while let scalar = current, Self.isDigit(scalar) || "+-.eE".unicodeScalars.contains(scalar) { position += 1 }
    guard let number = JSONNumber(text(from: start)) else {
      throw JSONPathError(column: start + 1, message: "this is not a number of JSON")
    }
    return number
  }

  private mutating func word() throws(JSONPathError) -> Term {
    let start = position
    while let scalar = current, ("a"..."z").contains(scalar) || scalar == "_" || Self.isDigit(scalar) { position += 1 }
    let name = text(from: start)
    if take("(") { return try nested { parser throws(JSONPathError) in try parser.function(name, at: start) } }
    switch name {
    case "true": return .literal(.bool(true))
    case "false": return .literal(.bool(false))
    case "null": return .literal(.null)
    default: throw JSONPathError(column: start + 1, message: "expected a query, a literal or a function, found \"\(name)\"")
    }
  }

  // MARK: Types

  /// What is tested: whether a query selects anything, or a function that is true or false.
  private func test(_ term: Term, at start: Int) throws(JSONPathError) -> JSONPathTest {
    switch term {
    case .query(let query): return .exists(query)
    case .match(let match): return .match(match)
    case .literal: throw JSONPathError(column: start + 1, message: "a literal is not a test: compare it with something")
    case .function(let name, _):
      throw JSONPathError(column: start + 1, message: "\(name)() has a value: compare it with something")
    }
  }

  /// What has one value or none (ValueType).
  private func operand(_ term: Term, at start: Int) throws(JSONPathError) -> JSONPathOperand {
    switch term {
    case .literal(let value): return .literal(value)
    case .function(_, let operand): return operand
    case .match: throw JSONPathError(column: start + 1, message: "match() and search() are true or false and have no value")
    case .query(let query):
      guard query.isSingular else {
        throw JSONPathError(column: start + 1, message: "this query may select several nodes: only names and indices have one value")
      }
      guard !query.hasSpaceInBrackets else {
        throw JSONPathError(column: start + 1, message: "a query that is compared has no white space within brackets")
      }
      return .singular(query)
    }
  }

  // MARK: Functions

  /// A function from behind its opening parenthesis (RFC 9535 §2.4).
  private mutating func function(_ name: String, at start: Int) throws(JSONPathError) -> Term {
    let result: Term
    switch name {
    case "length": result = .function(name, .length(try valueArgument()))
    case "count": result = .function(name, .count(try nodesArgument(name)))
    case "value": result = .function(name, .value(try nodesArgument(name)))
    case "match", "search": result = .match(try match(name, at: start))
    default: throw JSONPathError(column: start + 1, message: "there is no function \(name)()")
    }
    skipSpace()
    guard take(")") else { throw expected("\")\"") }
    return result
  }

  private mutating func valueArgument() throws(JSONPathError) -> JSONPathOperand {
    skipSpace()
    let start = position
    return try operand(term(), at: start)
  }

  private mutating func nodesArgument(_ name: String) throws(JSONPathError) -> JSONPathQuery {
    skipSpace()
    let start = position
    guard case .query(let query) = try term() else {
      throw JSONPathError(column: start + 1, message: "\(name)() takes a query")
    }
    return query
  }

  private mutating func match(_ name: String, at start: Int) throws(JSONPathError) -> JSONPathMatch {
    guard let engine else { throw JSONPathError(column: start + 1, message: "\(name)() is not supported here") }
    let subject = try valueArgument()
    skipSpace()
    guard take(",") else { throw expected("\",\" and a pattern") }
    let pattern = try valueArgument()
    var match = JSONPathMatch(isWhole: name == "match", subject: subject, pattern: pattern)
    if case .literal(.string(let text)) = pattern { match.compiled = IRegexp.translated(text).flatMap(engine) }
    return match
  }
}
