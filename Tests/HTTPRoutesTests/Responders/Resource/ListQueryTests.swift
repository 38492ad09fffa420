// What the query of a list selects, and how the pages of one are linked.

import JSONText
import Testing

@testable import HTTPRoutes

@Suite struct ListQueryTests {
  private static let items = [
    #"{"id":"a","views":100,"price":9.50,"name":"Ada","tags":["x","y"],"author":{"name":"Ada","age":36},"min_gte":1,"done":true}"#,
    #"{"id":"b","views":20,"price":10,"name":"bob","tags":["y"],"author":{"name":"Bob","age":7},"done":false,"a.b":"dotted"}"#,
    #"{"id":"c","views":1e2,"price":9.499999999999999999,"name":"Çelik","tags":[],"author":null,"done":null}"#,
    #"{"id":"d","views":"100","name":"Ada Lovelace","deep":[{"text":{"in":"the NEEDLE here"}}],"a":{"b":"nested"}}"#,
  ]

  private static func items(_ texts: [String] = items) throws -> [CollectionItem] {
    try ItemCollection(
      rules: CollectionRules(),
      items: texts.map { text in
        guard case .object(let members) = try JSONValue(parsing: text) else { throw ListQueryError(message: text) }
        return members
      }
    ).items
  }

  private static func select(_ query: String) throws -> (ids: String, total: Int) {
    let items = try items()
    let octets = Array(query.utf8)
    let (page, total) = try ListQuery(octets.span, items: items).select(items)
    return (page.map(\.id).joined(), total)
  }

  @Test(
    arguments: [
      ("", "abcd"), ("name=Ada", "a"), ("name=ada", ""), ("name=Ada&name=bob", "ab"), ("views=100", "acd"), ("views=100.0", "ac"),
      ("done=true", "a"), ("done=null", "c"), ("name=%C3%87elik", "c"), ("nothing=1", ""), ("author.name=Bob", "b"),
      ("tags=y", "ab"), ("tags.0=x", "a"), ("a.b=nested", "d"), ("a.b=dotted", "b"), ("views=100&done=true", "a"), ("id=b&id=d", "bd"),
      ("name=Ada+Lovelace", "d"), ("deep.0.text.in_like=needle", "d"), ("author=null", "c"),
    ])
  func `a field selects the items that have the value`(_ query: String, _ ids: String) throws {
    #expect(try Self.select(query).ids == ids)
  }

  @Test(
    arguments: [
      ("views_ne=100", "b"), ("views_ne=20", "acd"), ("done_ne=true", "bcd"), ("name_ne=Ada&name_ne=bob", "cd"), ("price_gt=9.5", "b"),
      ("price_gte=9.5", "ab"),
      ("price_lt=9.5", "c"), ("price_lte=9.5", "ac"), ("views_gte=20&views_lte=99", "b"), ("name_lt=B", "ad"), ("name_gte=b", "bc"),
      ("name_like=ADA", "ad"), ("name_like=%C3%A7EL", "c"), ("name_like=l", "cd"), ("author.age_gt=10", "a"), ("views_gt=x", ""),
      // A field of this very name wins over the suffix.
      ("min_gte=1", "a"), ("min_gte_gt=0", "a"), ("_ne=1", "abcd"), ("tags_like=x", "a"),
    ])
  func `a suffix compares`(_ query: String, _ ids: String) throws {
    #expect(try Self.select(query).ids == ids)
  }

  @Test(arguments: [("q=needle", "d"), ("_q=ada", "ad"), ("q=100", "d"), ("q=", "abcd"), ("q=ada&q=love", "d"), ("q=nowhere", "")])
  func `q finds text at any depth, whatever its case`(_ query: String, _ ids: String) throws {
    #expect(try Self.select(query).ids == ids)
  }

  @Test func `a part is found wherever it begins`() {
    let search = TextSearch("aabAAb")
    #expect(search.isFound(in: "aaaabaabx") && search.isFound(in: "AABAAB") && search.isFound(in: "xaabaabaab"))
    #expect(!search.isFound(in: "aabaa") && !search.isFound(in: "") && !search.isFound(in: "aabaxaab"))
    #expect(TextSearch("").isFound(in: ""))
  }

  @Test func `numbers of any length are compared exactly`() {
    func key(_ text: String) -> NumberKey? { NumberKey(text) }
    for (less, more) in [
      ("9.499999999999999999", "9.5"), ("-2", "-1.5"), ("123456789012345678901", "123456789012345678902"), ("0.1", "1e-0"),
      ("999999999999999", "1000000000000000"), ("0.000000000000000000000001", "0.00000000000000000000001"),
    ] {
      #expect(key(less)! < key(more)! && !(key(more)! < key(less)!) && key(less) != key(more), "\(less)")
    }
    for (one, other) in [("1", "1.000000000000000000000"), ("100", "1e2"), ("-0", "0"), ("0.5", "5e-1")] {
      #expect(key(one) == key(other))
    }
    #expect(key("007") == nil && key("1.") == nil && key("") == nil && key(" 1") == nil)
  }

  @Test(arguments: ["_=17", "_embed=posts", "callback=f", "page_=1&page_=1"])
  func `parameters of other servers are let alone`(_ query: String) throws {
    #expect(try Self.select(query).ids == (query.hasPrefix("page_") ? "" : "abcd"))
  }

  @Test(
    arguments: [
      // Numbers before texts, and what is missing or null behind in either direction.
      ("sort=views", "bacd"), ("sort=-views", "dacb"), ("sort=price", "cabd"), ("sort=-price", "bacd"), ("sort=views,-price", "bacd"),
      ("_sort=views&_order=desc", "dacb"), ("_sort=views,id&_order=asc,desc", "bcad"), ("sort=-author.name", "bacd"), ("sort=name", "adbc"),
      ("sort=nothing", "abcd"), ("sort=done", "bacd"), ("_sort=-id&_order=DESC", "abcd"), ("sort=id&sort=name", "abcd"),
      ("sort=-id&limit=2", "dc"), ("sort=-id&page=2&limit=1", "c"), ("sort=name&views=100", "adc"),
    ])
  func `sort puts in order, and equals stay as they are`(_ query: String, _ ids: String) throws {
    #expect(try Self.select(query).ids == ids)
  }

  @Test(
    arguments: [
      ("page=1", "abcd"), ("page=2&limit=3", "d"), ("_page=1&_limit=3", "abc"), ("limit=2", "ab"), ("offset=1&limit=2", "bc"),
      ("_start=1&_end=3", "bc"), ("_end=1", "a"), ("_start=2", "cd"), ("_start=1&_limit=1", "b"), ("page=9", ""), ("offset=99", ""),
      ("page=1099511627776&limit=1099511627776", ""), ("limit=1099511627776", "abcd"), ("_page=2&_per_page=2", "cd"),
    ])
  func `a page is a part, and the total is of all`(_ query: String, _ ids: String) throws {
    let selected = try Self.select(query)
    #expect(selected.ids == ids && selected.total == 4)
  }

  @Test(
    arguments: [
      "page=0", "page=-1", "page=x", "page=", "limit=0", "limit=1.5", "offset=-1", "page=%2B1", "limit=99999999999999999999",
      "_start=3&_end=2",
      "_end=0", "page=1&offset=2", "page=1&page=2", "_end=2&limit=1", "page=1&_end=3",
      (0...32).map { "a\($0)=1" }.joined(separator: "&"), (0...32).map { "_a\($0)=1" }.joined(separator: "&"),
      [String](repeating: "q=a", count: 33).joined(separator: "&"), [String](repeating: "a=1", count: 202).joined(separator: "&"),
      "sort=" + (0...8).map { "a\($0)" }.joined(separator: ","),
    ])
  func `what is no page, and more than is looked at, is an error`(_ query: String) throws {
    #expect(throws: ListQueryError.self) { try Self.select(query) }
  }

  // MARK: Links

  @Test(
    arguments: [
      ("", 5, nil), ("page=1", 5, "first page=1, last page=1"), ("page=1&limit=2", 5, "first page=1, next page=2, last page=3"),
      ("page=2&limit=2", 5, "first page=1, prev page=1, next page=3, last page=3"),
      ("page=3&limit=2", 5, "first page=1, prev page=2, last page=3"), ("page=9&limit=2", 5, "first page=1, prev page=3, last page=3"),
      ("page=1&limit=2", 4, "first page=1, next page=2, last page=2"), ("page=1", 0, "first page=1, last page=1"),
      ("_limit=2", 3, "first _page=1, next _page=2, last _page=2"), ("limit=2", 3, "first page=1, next page=2, last page=2"),
      ("offset=2&limit=2", 7, "first offset=0, prev offset=0, next offset=4, last offset=6"),
      ("_start=2&_end=4", 5, "first _start=0&_end=2, prev _start=0&_end=2, next _start=4&_end=6, last _start=4&_end=6"),
      ("page=1099511627776&limit=1099511627776", 5, "first page=1, prev page=1, last page=1"), ("offset=3", 5, nil),
    ] as [(String, Int, String?)])
  func `links lead to the first, previous, next and last page`(_ query: String, _ total: Int, _ links: String?) throws {
    let octets = Array(query.utf8)
    let link = try ListQuery(octets.span, items: []).page.link(path: "/l", query: octets.span, total: total)
    let shown = link?.split(separator: ", ").map { link in
      let relation = link.split(separator: "\"").last ?? ""
      let query = link.dropFirst("</l?".count).prefix { $0 != ">" }.split(separator: "&").filter { !$0.contains("limit=") }
      return "\(relation) \(query.joined(separator: "&"))"
    }.joined(separator: ", ")
    #expect(shown == links)
  }

  @Test func `the rest of a query is kept as it was sent, and can end no link`() throws {
    let octets = Array("a=%20b&page=1&c=>;\"&limit=1&%70age_=2".utf8)
    let link = try #require(try ListQuery(octets.span, items: []).page.link(path: "/l", query: octets.span, total: 1))
    #expect(link.hasPrefix("</l?a=%20b&c=%3E;%22&limit=1&%70age_=2&page=1>; rel=\"first\""))
  }

  @Test func `the first of many in order are the same as the whole order has`() throws {
    let items = try Self.items((0..<500).map { #"{"id":\#($0),"n":\#($0 * 7919 % 100),"m":"\#($0 * 31 % 7)"}"# })
    func ids(_ query: String) throws -> [String] {
      let octets = Array(query.utf8)
      return try ListQuery(octets.span, items: items).select(items).page.map(\.id)
    }
    let whole = try ids("sort=n,-m")
    #expect(whole.count == 500)
    for limit in [1, 20, 124, 125, 300] { #expect(try ids("sort=n,-m&limit=\(limit)") == Array(whole.prefix(limit))) }
    #expect(try ids("sort=n,-m&page=5&limit=10") == Array(whole[40..<50]))
  }
}
