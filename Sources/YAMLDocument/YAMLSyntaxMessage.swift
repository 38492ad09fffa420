// libyaml says what its scanner expected; a person wants to know what is wrong with the line and the way out. This file
// is the dictionary between the two. What it does not know is passed on in libyaml's words.

/// Rewords libyaml's errors.
enum YAMLSyntaxMessage {
  /// A byte or character that no YAML text may contain.
  static func unreadable(_ problem: String, value: Int, at mark: SourceMark) -> YAMLError {
    if problem.contains("control characters") {
      let digits = String(value, radix: 16, uppercase: true)
      let name = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      return YAMLError(
        mark: mark, message: "YAML text cannot contain the character U+\(name); write \"\\u\(name)\" in double quotes if it is meant")
    }
    return YAMLError(mark: mark, message: "this is not UTF-8; save the file in that encoding")
  }

  /// A text that does not follow the grammar.
  static func error(_ problem: String, at mark: SourceMark, context: String?, contextMark: SourceMark?, source: SourceText) -> YAMLError {
    let character = source.character(at: mark)
    let place = contextMark ?? mark
    if character == "\t", problem.contains("cannot start any token") || problem.contains("tab character") {
      return YAMLError(mark: mark, message: "a tab cannot indent YAML; use spaces")
    }

    func note(_ message: String) -> YAMLError.Note? {
      guard let contextMark, contextMark.line != mark.line else { return nil }
      return YAMLError.Note(mark: contextMark, message: message)
    }

    switch problem {
    case "found character that cannot start any token":
      return YAMLError(mark: mark, message: "text cannot begin with \"\(character.map(String.init) ?? "")\" here; put it in quotes")
    case "mapping values are not allowed in this context":
      return YAMLError(
        mark: mark, message: "\":\" is not allowed here; indent the line like its neighbours, or quote text that contains \": \"")
    case "block sequence entries are not allowed in this context":
      return YAMLError(mark: mark, message: "\"- \" is not allowed here; begin the list on a line of its own")
    case "could not find expected ':'":
      return YAMLError(mark: place, message: "expected \":\" after this key")
    case "did not find expected node content":
      return YAMLError(mark: mark, message: "expected a value, or the bracket that closes the collection")
    case "did not find expected key":
      return YAMLError(
        mark: mark, message: "expected a key with the indentation of its neighbours", note: note("the mapping begins here"))
    case "did not find expected '-' indicator":
      return YAMLError(
        mark: mark, message: "expected \"- \" with the indentation of its neighbours", note: note("the list begins here"))
    case "did not find expected ',' or ']'":
      return YAMLError(
        mark: mark, message: "expected \",\" or \"]\"; quote text that contains any of [ ] { } ,", note: note("the list begins here"))
    case "did not find expected ',' or '}'":
      return YAMLError(
        mark: mark, message: "expected \",\" or \"}\"; quote text that contains any of [ ] { } ,", note: note("the mapping begins here"))
    case "found unexpected end of stream":
      return YAMLError(mark: place, message: "this quoted text has no closing quote")
    case "found unexpected document indicator":
      return YAMLError(mark: place, message: "this quoted text has no closing quote before the document ends")
    case "found unknown escape character":
      return YAMLError(mark: mark, message: "unknown escape in double quotes; write \"\\\\\" for a backslash, or use single quotes")
    case "did not find expected hexdecimal number":
      return YAMLError(mark: mark, message: "expected a hexadecimal digit here")
    case "did not find expected alphabetic or numeric character":
      let sign = context?.contains("alias") == true ? "*" : "&"
      let role = sign == "*" ? "an alias" : "an anchor"
      return YAMLError(mark: place, message: "\"\(sign)\" begins \(role); quote the text if it is meant literally")
    case "did not find expected <document start>":
      return YAMLError(mark: mark, message: "the document ends before this line; indent it like its neighbours or remove it")
    case "found undefined tag handle":
      return YAMLError(mark: mark, message: "unknown tag; quote the text if \"!\" is meant literally")
    default:
      let whole = context.map { "\(problem) \($0)" } ?? problem
      return YAMLError(mark: mark, message: whole)
    }
  }
}
