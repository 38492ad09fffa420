// What a resource is made of.

package import JSONText

/// `resource`: a list of JSON objects that clients read and change.
package struct ResourceOptions: ResponderOptions {
  package static let kind = "resource"

  package enum Operation: String, CaseIterable, Sendable {
    case list, get, create, replace, update, delete
  }

  /// How an item gets its id that is created without one.
  package enum NewID: Equatable, Sendable {
    /// As the ids of the seed: whole numbers count on, also from an empty seed; else UUIDs.
    case auto
    case number
    case uuid
    case template(Template)

    var shown: String {
      switch self {
      case .auto: "auto"
      case .number: "number"
      case .uuid: "uuid"
      case .template(let template): template.shown
      }
    }
  }

  /// The items to begin with, and to go back to.
  package var seed: [JSONObject] = []
  package var idMember = "id"
  package var newID = NewID.auto
  package var operations = Set(Operation.allCases)
  /// Members that an item is given where it is created without them.
  package var defaults: [DefaultMember] = []
  package var list = ListTemplate.bare
  /// Where the items are kept across restarts; nil keeps them in memory alone.
  package var file: CollectionFile?
  /// What the file held when the configuration was loaded; nil where there is none yet.
  package var saved: [JSONObject]?
  package var maxItems = 10_000

  package struct DefaultMember: Equatable, Sendable {
    package let name: String
    package let value: JSONTemplate

    package init(name: String, value: JSONTemplate) {
      self.name = name
      self.value = value
    }

    var shown: String { "\(JSONString.quoted(name)):\(value.shown)" }
  }

  package init() {}

  /// Every method: which ones the list and an item answer is for the responder to say.
  package var defaultMethods: [String]? { nil }

  package var answersOptions: Bool { true }

  package var savedFile: String? { file?.path }

  package func changes(from old: Self) -> [String] {
    let fields: [(name: String, isSame: Bool)] = [
      ("seed", seedDigest == old.seedDigest), ("new_id", newID.shown == old.newID.shown), ("methods", operations == old.operations),
      ("defaults", defaults.map(\.shown) == old.defaults.map(\.shown)), ("list", list == old.list),
    ]
    return fields.filter { !$0.isSame }.map(\.name) + Self.change("id", old.idMember, idMember)
      + Self.change("save", old.file?.path ?? "off", file?.path ?? "off")
      + Self.change("max_items", String(old.maxItems), String(maxItems))
  }

  /// Of the seed as text: another order of members or another spelling of a number is another seed.
  fileprivate var seedDigest: UInt64 {
    var digest = Fingerprint()
    for item in seed { JSONWriter.octets(of: .object(item)).withUnsafeBytes { digest.add($0) } }
    return digest.value
  }

  // MARK: Ids

  /// Whether ids without a wish of the client's are numbers.
  var countsIDs: Bool {
    switch newID {
    case .number: true
    case .uuid, .template: false
    case .auto: seed.allSatisfy { if case .number(let number)? = $0[idMember] { number.isWhole } else { false } }
    }
  }

  /// What items have in common: ids are of the type that all of the seed's are, and new ones are too.
  package var rules: CollectionRules {
    let ids = seed.map { $0[idMember] }
    let areNumbers = ids.allSatisfy { if case .number? = $0 { true } else { false } }
    let areTexts = ids.allSatisfy { if case .string? = $0 { true } else { false } }
    var type = CollectionRules.IDType.any
    if areNumbers, countsIDs, !ids.isEmpty || newID == .number { type = .number }
    if areTexts, !countsIDs { type = .text }
    return CollectionRules(idMember: idMember, idType: type, maxItems: maxItems)
  }
}

/// What the items of a resource depend on: another makes them begin anew.
struct ResourceDefinition: Hashable, Sendable {
  private let seedDigest: UInt64
  private let rules: CollectionRules
  private let newID: String
  private let defaults: [String]
  private let file: CollectionFile?

  init(_ options: ResourceOptions) {
    seedDigest = options.seedDigest
    rules = options.rules
    newID = options.newID.shown
    defaults = options.defaults.map(\.shown)
    file = options.file
  }
}
