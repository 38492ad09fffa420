// The items of a resource as they are written in the configuration or in a file of their own.

import JSONText
import YAMLDocument

enum ResourceItems {
  /// As much as a collection may have, and the commas.
  private static let maxFileLength = CollectionRules.maxByteCount + 1 << 20
  /// An item nests as deep as a body may, and stands in a list.
  private static let limits = JSONLimits(depth: BodyValues.limits.depth + 1, nodes: 1 << 24)

  /// The items of a file, whose path is the value; empty after an error.
  static func read(_ value: SettingsDecoder) -> [JSONObject] {
    guard let path = value.path("a file with a JSON list of objects") else { return [] }
    let name = path.escapingControls
    switch ConfiguredFiles.read(path, limit: maxFileLength) {
    case .failure(let reason):
      value.error("cannot read \"\(name)\": \(reason.message)")
      return []
    case .success(let octets):
      if let problem = JSONValidator.firstProblem(in: octets) {
        value.error("\(name):\(problem.line):\(problem.column) is not JSON: \(problem.message)")
        return []
      }
      do throws(JSONError) {
        return objects(of: try JSONValue(parsing: octets, limits: limits), in: "\(name) has", value)
      } catch {
        value.error("\(name) is more than can be read: \(error.message)")
        return []
      }
    }
  }

  /// The items that stand in the configuration; empty after an error.
  static func written(_ value: SettingsDecoder) -> [JSONObject] {
    JSONLiteral.value(of: value.node, context: value.context).map { objects(of: $0, in: "expected", value) } ?? []
  }

  private static func objects(of json: JSONValue, in place: String, _ value: SettingsDecoder) -> [JSONObject] {
    guard case .array(let items) = json else {
      value.error(
        "\(place) \(place == "expected" ? "a list of objects, found" : "no list of objects but") a value of type \(json.typeName)")
      return []
    }
    var objects: [JSONObject] = []
    for (position, item) in items.enumerated() {
      guard case .object(let members) = item else {
        value.error(
          "\(place == "expected" ? "the items have" : place) a value of type \(item.typeName) at $[\(position)], where an object is expected"
        )
        return []
      }
      objects.append(members)
    }
    return objects
  }

  /// Reports the first item that a collection would not take.
  static func check(_ items: [JSONObject], _ rules: CollectionRules, what: String, _ value: SettingsDecoder) {
    do throws(ItemCollection.Misfit) {
      _ = try ItemCollection(rules: rules, items: items)
    } catch {
      var way = ""
      if case .missingID = error.error { way = "; give it one, or name the member that tells items apart with \"id\"" }
      if case .full = error.error { way = "; max_items allows for more" }
      value.error("\(what) is refused at $[\(error.position)]: \(error.error)\(way)")
    }
  }
}
