// What the query of a list asks for: which items, in what order, which page.
//
//     name=value  name_ne= _gt= _gte= _lt= _lte= _like=  a.b=value  q=text
//     sort=-created,name            _sort=created,name&_order=desc,asc
//     page=2  limit=20  offset=40   _page _limit _offset _per_page  _start=40&_end=60

import HTTPCore

/// A query that cannot be answered, in words.
struct ListQueryError: Error, Equatable {
  let message: String
}

/// What is asked of a list.
struct ListQuery: Sendable {
  private(set) var filters: [ItemFilter] = []
  private(set) var order = ItemOrder(fields: [])
  private(set) var page = ListPage()

  /// Conditions and fields that are looked for: each is asked of every item.
  static let maxConditions = 32
  /// Values of all `name=value`.
  static let maxValues = 200
  static let maxSortFields = 8

  private static let suffixes = ["_like", "_gte", "_lte", "_gt", "_lt", "_ne"]

  /// Throws for a page that is none, and for more than the bounds.
  ///
  /// - Parameters:
  ///   - query: what follows the `?`, as it was sent.
  ///   - items: of the collection: a field that they have is meant where its name could mean something else.
  init(_ query: Span<UInt8>, items: [CollectionItem]) throws(ListQueryError) {
    var sort: [String] = []
    var directions: [String] = []
    var conditions = 0
    var values = 0
    for (name, value) in QueryParameters(query).spelledPairs {
      switch name {
      case "sort", "_sort": sort += value.split(separator: ",").map(String.init)
      case "_order": directions += value.split(separator: ",").map(String.init)
      case _ where ListPage.names.contains(name): try page.take(name, value)
      default:
        if addValue(name, value) {
          values += 1
        } else {
          conditions += 1
          addFilter(name, value, items)
        }
        guard conditions <= Self.maxConditions, values <= Self.maxValues else {
          throw ListQueryError(message: "there are more than \(Self.maxConditions) conditions or \(Self.maxValues) values")
        }
      }
    }
    guard sort.count <= Self.maxSortFields else { throw ListQueryError(message: "sort has more than \(Self.maxSortFields) fields") }
    order = ItemOrder(fields: Self.fields(sort, directions))
    try page.finish()
  }

  /// Adds a value to a field that has one already. False if it has none.
  private mutating func addValue(_ name: String, _ value: String) -> Bool {
    for index in filters.indices where filters[index].field?.name == name {
      guard case .isAny(let operands) = filters[index].test else { continue }
      filters[index].test = .isAny(operands + [FilterOperand(value)])
      return true
    }
    return false
  }

  private mutating func addFilter(_ name: String, _ value: String, _ items: [CollectionItem]) {
    let path = FieldPath(name)
    if name == "q" || name == "_q" {
      filters.append(ItemFilter(nil, .contains(TextSearch(value))))
    } else if name.hasPrefix("_") || name == "callback" {
      // Of no item's: what scripts add so that nothing is cached, or what another server understands.
      if Self.isThere(path, in: items) { filters.append(ItemFilter(path, .isAny([FilterOperand(value)]))) }
    } else if let suffix = Self.suffixes.first(where: { name.hasSuffix($0) }), name != suffix, !Self.isThere(path, in: items) {
      filters.append(ItemFilter(FieldPath(String(name.dropLast(suffix.count))), Self.test(suffix, value)))
    } else {
      filters.append(ItemFilter(path, .isAny([FilterOperand(value)])))
    }
  }

  private static func test(_ suffix: String, _ value: String) -> ItemFilter.Test {
    switch suffix {
    case "_ne": .isNot(FilterOperand(value))
    case "_gt": .compares(.greater, FilterOperand(value))
    case "_gte": .compares(.atLeast, FilterOperand(value))
    case "_lt": .compares(.less, FilterOperand(value))
    case "_lte": .compares(.atMost, FilterOperand(value))
    default: .contains(TextSearch(value))
    }
  }

  private static func isThere(_ path: FieldPath, in items: [CollectionItem]) -> Bool {
    var hint = 0
    return items.contains { path.value(in: $0.members, hint: &hint) != nil }
  }

  /// `-created` is descending, and so is a field whose place in `_order` says `desc`.
  private static func fields(_ names: [String], _ directions: [String]) -> [ItemOrder.Field] {
    names.enumerated().map { position, name in
      let direction = directions.indices.contains(position) ? directions[position] : ""
      let isDescending = name.hasPrefix("-")
      return ItemOrder.Field(
        path: FieldPath(String(isDescending ? name.dropFirst() : name[...])),
        isDescending: isDescending != FieldSyntax.equalIgnoringCase(direction, "desc"))
    }
  }

  /// The items that are asked for, and how many there are on all pages.
  func select(_ items: [CollectionItem]) -> (page: ArraySlice<CollectionItem>, total: Int) {
    var filters = filters
    let found =
      filters.isEmpty
      ? items
      : items.filter { item in
        for index in filters.indices where !filters[index].passes(item) { return false }
        return true
      }
    let range = page.range(of: found.count)
    guard !order.fields.isEmpty, !range.isEmpty else { return (found[range], found.count) }
    return (order.first(range.upperBound, of: found)[range], found.count)
  }
}
