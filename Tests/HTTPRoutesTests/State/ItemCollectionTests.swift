import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct ItemCollectionTests {
  private static func object(_ text: String) throws -> JSONObject {
    guard case .object(let members) = try JSONValue(parsing: text) else { throw CollectionError.tooLarge }
    return members
  }

  private static func collection(_ items: [String], type: CollectionRules.IDType = .any, max: Int = 10) throws -> ItemCollection {
    try ItemCollection(rules: CollectionRules(idType: type, maxItems: max), items: items.map { try object($0) })
  }

  private static func text(_ collection: ItemCollection) -> String { String(decoding: collection.text, as: UTF8.self) }

  @Test func `items are found by the spelling of their id and stay in their order`() throws {
    var collection = try Self.collection([#"{"id":7,"a":1.0}"#, #"{"id":"x"}"#, #"{"id":"é"}"#])
    #expect(collection[id: "7"]?.octets == Array(#"{"id":7,"a":1.0}"#.utf8))
    #expect(collection[id: "7.0"] == nil)
    // A letter and its accent are another id than the letter that has it.
    #expect(collection[id: "e\u{301}"] == nil)
    let item = try #require(collection[id: "x"])
    _ = try collection.replace(item, with: try Self.object(#"{"b":2}"#))
    #expect(Self.text(collection) == "[\n{\"id\":7,\"a\":1.0},\n{\"id\":\"x\",\"b\":2},\n{\"id\":\"é\"}\n]\n")
    collection.remove(try #require(collection[id: "7"]))
    #expect(collection[id: "7"] == nil)
    try collection.insert(try Self.object(#"{"id":7}"#))
    #expect(collection.items.map(\.id) == ["x", "é", "7"])
  }

  @Test func `an empty collection is an empty list`() throws {
    #expect(try JSONValue(parsing: try Self.collection([]).text) == .array([]))
  }

  @Test(
    arguments: [
      (#"{"a":1}"#, CollectionError.missingID(member: "id")), (#"{"id":1}"#, .takenID("1")), (#"{"id":"1"}"#, .takenID("1")),
      (#"{"id":""}"#, .unusableID(member: "id", "it is empty")), (#"{"id":".."}"#, .unusableID(member: "id", "no path can name it")),
      (#"{"id":"a\u0000"}"#, .unusableID(member: "id", "no path can name it")),
      (#"{"id":[]}"#, .unusableID(member: "id", "an id is a text or a number, not of type array")),
    ])
  func `an id is given, can be used, and is nobody else's`(_ text: String, _ error: CollectionError) throws {
    var collection = try Self.collection([#"{"id":1}"#])
    let version = collection.version
    #expect(throws: error) { try collection.insert(try Self.object(text)) }
    #expect(collection.items.count == 1 && collection.version == version)
  }

  @Test func `ids are stored in the type of the collection, however they are spelled`() throws {
    var numbers = try Self.collection([], type: .number)
    try numbers.insert(try Self.object(#"{"id":"8"}"#))
    #expect(numbers[id: "8"]?.octets == Array(#"{"id":8}"#.utf8))
    #expect(throws: CollectionError.self) { try numbers.insert(try Self.object(#"{"id":"x"}"#)) }
    var texts = try Self.collection([], type: .text)
    try texts.insert(try Self.object(#"{"id":8}"#))
    #expect(texts[id: "8"]?.octets == Array(#"{"id":"8"}"#.utf8))
  }

  @Test func `an item keeps its id, and takes another spelling of it for the same`() throws {
    var collection = try Self.collection([#"{"id":7}"#])
    let item = try #require(collection[id: "7"])
    #expect(throws: CollectionError.differentID(member: "id", expected: "7")) {
      try collection.replace(item, with: try Self.object(#"{"id":8}"#))
    }
    #expect(throws: CollectionError.differentID(member: "id", expected: "7")) {
      try collection.replace(item, with: try Self.object(#"{"id":null}"#))
    }
    _ = try collection.replace(item, with: try Self.object(#"{"a":1,"id":"7"}"#))
    #expect(collection[id: "7"]?.octets == Array(#"{"a":1,"id":7}"#.utf8))
  }

  @Test func `numbers count on from the largest that was there`() throws {
    var collection = try Self.collection([#"{"id":3}"#, #"{"id":"9"}"#, #"{"id":2.5}"#, #"{"id":-4}"#])
    #expect(collection.nextNumber == 4)
    try collection.insert(try Self.object(#"{"id":12}"#))
    collection.remove(try #require(collection[id: "12"]))
    #expect(collection.nextNumber == 13)
    // What clients cannot tell from its neighbours does not count.
    try collection.insert(try Self.object(#"{"id":9007199254740993}"#))
    #expect(collection.nextNumber == 13)
    try collection.insert(try Self.object(#"{"id":9007199254740991}"#))
    #expect(collection.nextNumber == nil)
  }

  @Test func `there are no more items than the bound`() throws {
    var collection = try Self.collection([#"{"id":1}"#, #"{"id":2}"#], max: 2)
    #expect(throws: CollectionError.full(maxItems: 2)) { try collection.insert(try Self.object(#"{"id":3}"#)) }
    collection.remove(try #require(collection[id: "1"]))
    try collection.insert(try Self.object(#"{"id":3}"#))
    #expect(throws: ItemCollection.Misfit(position: 1, error: .full(maxItems: 1))) {
      try Self.collection([#"{"id":1}"#, #"{"id":2}"#], max: 1)
    }
  }

  @Test func `the items take no more octets than the bound`() throws {
    let large = String(repeating: "x", count: CollectionRules.maxByteCount / 2)
    var collection = try Self.collection([])
    try collection.insert(JSONObject([("id", .number(JSONNumber(1))), ("a", .string(large))]))
    #expect(throws: CollectionError.tooLarge) {
      try collection.insert(JSONObject([("id", .number(JSONNumber(2))), ("a", .string(large))]))
    }
    let item = try #require(collection[id: "1"])
    #expect(throws: CollectionError.tooLarge) { try collection.replace(item, with: JSONObject([("a", .string(large + large))])) }
    _ = try collection.replace(item, with: JSONObject())
    try collection.insert(JSONObject([("id", .number(JSONNumber(2))), ("a", .string(large))]))
    #expect(collection.items.count == 2)
  }
}
