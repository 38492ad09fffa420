import Testing
import YAMLDocument

@Suite struct CoreSchemaTests {
  @Test(arguments: [
    ("null", "null"), ("Null", "null"), ("NULL", "null"), ("~", "null"), ("nULL", "string"),
    ("true", "bool"), ("True", "bool"), ("FALSE", "bool"), ("tRUE", "string"),
    ("no", "string"), ("yes", "string"), ("on", "string"), ("off", "string"), ("y", "string"),
    ("0", "int"), ("-19", "int"), ("+12", "int"), ("007", "int"), ("0o14", "int"), ("0o8", "string"), ("0xFf", "int"), ("0xG", "string"),
    ("0x", "string"), ("-0x1", "string"), ("1_000", "string"), ("1:30", "string"), ("12345678901234567890123", "int"),
    ("0.", "float"), ("-0.0", "float"), (".5", "float"), ("+.5", "float"), ("12e03", "float"), ("-2E+05", "float"), ("1e", "string"),
    (".", "string"), ("-", "string"), ("+", "string"), ("1.2.3", "string"), ("127.0.0.1", "string"), ("80ms", "string"), ("-a", "string"),
    (".inf", "float"), ("-.INF", "float"), (".Inf", "float"), (".nan", "float"), ("-.nan", "string"), ("inf", "string"),
  ])
  func `a plain scalar means what the core schema says`(text: String, kind: String) {
    // Behind a key, so that "-" is text and not a list.
    let scalar = compose("k: \(text)\n").root?["k"]?.scalar
    if text == "-" {
      #expect(scalar == nil)
    } else {
      #expect(scalar.map { "\($0.kind)" } == kind)
      #expect(scalar?.text == text)
    }
  }

  @Test func `quoted and block scalars are strings`() {
    #expect(shape(of: "['5', \"true\", 'null']") == "[string 5, string true, string null]")
    #expect(shape(of: "a: |\n  5\nb: >-\n  true\n") == "{a: string 5\n, b: string true}")
  }

  @Test func `no value is null`() {
    #expect(shape(of: "a:\nb: ''\n") == "{a: null , b: string }")
  }

  @Test func `booleans have values`() {
    #expect(compose("True").root?.scalar?.boolValue == true)
    #expect(compose("false").root?.scalar?.boolValue == false)
    #expect(compose("'true'").root?.scalar?.boolValue == nil)
  }
}
