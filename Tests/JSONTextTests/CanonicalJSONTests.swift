// One spelling for texts that mean the same.

import JSONText
import Testing

@Suite struct CanonicalJSONTests {
  @Test(arguments: [
    (" { \"b\" : 1 , \"a\" : [ 1.0 , 1 , -0e5 ] } ", #"{"a":[1.0,1,-0e5],"b":1}"#),
    (#"{"z":{"y":{},"x":[]},"a":[[],{"k":null}]}"#, #"{"a":[[],{"k":null}],"z":{"x":[],"y":{}}}"#),
    (#""\u0041\/\u00e9\ud83d\ude00""#, "\"A/é😀\""), (#""\n\u000a\b\"\\""#, #""\n\n\u0008\"\\""#),
    (#""\uD800x""#, #""\ud800x""#), ("true", "true"), (" 17 ", "17"),
    (#"{"\u0061":2,"a":1}"#, #"{"a":2,"a":1}"#), ("[[[1],2],3]", "[[[1],2],3]"),
  ])
  func `texts that mean the same have one spelling`(_ text: String, _ spelling: String) {
    let result = CanonicalJSON.spelling(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    #expect(result == spelling)
    #expect(CanonicalJSON.spelling(of: Array(spelling.utf8)) == Array(spelling.utf8))
  }

  @Test(arguments: ["", "{", "[1,]", "a=1&b=2", "{} {}"]) func `what is no JSON has none`(_ text: String) {
    #expect(CanonicalJSON.spelling(of: Array(text.utf8)) == nil)
  }

  @Test func `depth costs no stack`() {
    let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
    #expect(CanonicalJSON.spelling(of: Array(deep.utf8)) == Array(deep.utf8))
  }
}
