// Values as text.

import JSONText
import Testing

@Suite struct JSONWriterTests {
  @Test(arguments: [
    #"{"a":[1.0,1e5,-0,true,false,null,"x\"\n"],"b":{},"c":[],"é":"é"}"#, "[]", "{}", "\"\"", "12345678901234567890", "[[[]]]",
  ])
  func `compact text has no white space and keeps spellings`(_ text: String) throws {
    #expect(JSONWriter.text(of: try JSONValue(parsing: text)) == text)
  }

  @Test func `pretty text has a line for each member and item`() throws {
    let value = try JSONValue(parsing: #"{"a":[1,{"b":2}],"c":{},"d":[]}"#)
    let text = """
      {
        "a": [
          1,
          {
            "b": 2
          }
        ],
        "c": {},
        "d": []
      }
      """
    #expect(JSONWriter.text(of: value, layout: .pretty) == text)
    #expect(try JSONValue(parsing: text) == value)
  }
}
